import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { GIVEN } from '../../src/lib/times';
import { User } from '../support/contract';
import { Fan } from '../support/fan';
import { send } from '../support/http';
import { Issuer, makeKey } from '../support/issuer';
import { Stack } from '../support/stack';
import { inTurns, until } from '../support/until';

const LIMIT = 25;
const FACTOR = 4;

let issuer: Issuer;
let stack: Stack;
beforeAll(async () => {
  issuer = await Issuer.start(makeKey('ES256'), makeKey('RS256'), makeKey('EdDSA'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = {
    ...issuer.settings,
    QUEUE_TOKEN_PRIVATE_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    RATE_LIMIT_ADDRESS_FACTOR: String(FACTOR),
    TRUST_PROXY: '1',
  };
  stack = await Stack.start({ webs: 2, workers: 1, env });
});
afterAll(async () => {
  await stack.stop({ expectErrors: true }); // one test takes the issuer away
  await issuer.stop();
});

const Me = z.strictObject({ user: User });
let addresses = 0;
const from = (address: string) => ({ 'x-forwarded-for': address });
const newAddress = (): string => `198.51.100.${(addresses += 1)}`;

async function me(token: string, address = newAddress(), index = 0) {
  return send(stack.origin(index), 'GET', '/api/users/me', { token, headers: from(address) });
}

async function foreignFan(subject: string = randomUUID()): Promise<Fan> {
  const token = await issuer.token(subject);
  const { user } = (await me(token)).as(Me, 200);
  return new Fan(user.id, token, stack.origins);
}

describe('a user of another issuer', () => {
  test('goes all the way: waiting room, seats, points, payment, tickets', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await foreignFan();
    await fan.enter(concertId);
    const booking = await fan.held(scheduleId, [1, 2]);
    expect((await fan.send('POST', '/api/points/charge', { body: { amount: 10_000 } })).status).toBe(200);
    const paid = await fan.paid(booking.id);
    expect(paid).toMatchObject({ booking: { status: 'PAID' }, balance: 8000 });
    expect(await stack.violations()).toEqual([]);
  });

  test('is one in all processes, however many see it first', async () => {
    const subject = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, index) =>
        me(await issuer.token(subject, { claims: { jti: String(index) } }), newAddress(), index % 2),
      ),
    );
    expect(new Set(answers.map((answer) => answer.as(Me, 200).user.id)).size).toBe(1);
    expect(await stack.query('SELECT id FROM users WHERE subject = $1', [subject])).toHaveLength(1);
  });

  test('is no operator, whatever the token says', async () => {
    const token = await issuer.token(randomUUID(), { claims: { role: 'operator', roles: ['operator'] } });
    expect((await me(token)).as(Me, 200).user.role).toBe('user');
    const asked = await send(stack.origin(), 'POST', '/api/admin/concerts', {
      token,
      body: {},
      headers: from(newAddress()),
    });
    expect(asked.said).toBe('403 FORBIDDEN');
  });

  test('signs out of every process, by the token alone', async () => {
    const subject = randomUUID();
    const [gone, stays] = await Promise.all([
      issuer.token(subject, { claims: { jti: randomUUID() } }),
      issuer.token(subject, { claims: { jti: randomUUID() } }),
    ]);
    for (const token of [gone, stays])
      for (const index of [0, 1]) expect((await me(token, newAddress(), index)).status).toBe(200);
    const out = await send(stack.origin(), 'POST', '/api/auth/logout', {
      token: gone,
      headers: from(newAddress()),
    });
    expect(out.status).toBe(204);
    for (const index of [0, 1]) {
      expect((await me(gone, newAddress(), index)).said).toBe('401 TOKEN_REVOKED');
      expect((await me(stays, newAddress(), index)).said).toBe('200');
    }
  });

  test('is not taken with a token that is wrong, or over', async () => {
    const said = async (token: Promise<string>): Promise<string> => (await me(await token)).said;
    expect(await said(issuer.token('x', { claims: { aud: 'another service' } }))).toBe('401 TOKEN_INVALID');
    expect(await said(issuer.token('x', {}, makeKey('ES256')))).toBe('401 TOKEN_INVALID');
    expect(await said(issuer.token('x', { expiresInSeconds: -60 }))).toBe('401 TOKEN_EXPIRED');
  });

  test('is answered while the issuer hangs: known keys work, an unknown one is told to come again', async () => {
    const { concertId } = await stack.house();
    const fan = await foreignFan();
    issuer.mood = 'silent';
    try {
      const unknown = await issuer.token('x', {}, makeKey('EdDSA'));
      const slow: number[] = [];
      const asked = async () => {
        const answer = await me(unknown);
        if (answer.ms > GIVEN.answeredMs) slow.push(answer.ms);
        return answer;
      };
      // The keys may have been looked at a moment ago: then an unknown one is a wrong one, for some seconds.
      const told = await until('told to come again', asked, (answer) => answer.status !== 401, {
        everyMs: 400, // Each asks of the token's own share.
      });
      expect(told.said).toBe('503 UNAVAILABLE');
      expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(slow).toEqual([]);
      expect((await fan.join(concertId)).queueToken).toMatch(/./);
      expect((await me(await issuer.token(randomUUID()))).status).toBe(200);
    } finally {
      issuer.mood = 'well';
    }
  });
});

describe('the limit', () => {
  const passed = async (tokens: string[], address: string): Promise<number> => {
    const answers = await inTurns(tokens, 4, async (token) => me(token, address));
    return answers.filter((answer) => answer.status !== 429).length;
  };

  test('is the user’s own, for users of another issuer as well', async () => {
    const fan = await foreignFan();
    expect(
      await passed(
        Array.from({ length: LIMIT + 10 }, () => fan.token),
        newAddress(),
      ),
    ).toBeLessThanOrEqual(LIMIT + 1);
  });

  test('lets a crowd behind one address in, though nobody of them was seen before', async () => {
    const crowd = await Promise.all(
      Array.from({ length: LIMIT * 3 }, async () => issuer.token(randomUUID())),
    );
    expect(await passed(crowd, newAddress())).toBe(crowd.length);
  });

  test('is the crowd’s for tokens that are made up, before anything of them is checked', async () => {
    const made = makeKey('ES256', issuer.keyFor('ES256').kid);
    const forged = await Promise.all(
      Array.from({ length: LIMIT * FACTOR + 20 }, async () => issuer.token(randomUUID(), {}, made)),
    );
    expect(await passed(forged, newAddress())).toBe(LIMIT * FACTOR);
  });

  test('is the address’s own for what cannot be a token of theirs', async () => {
    expect(
      await passed(
        Array.from({ length: LIMIT + 10 }, (_, index) => `x.y.${index}`),
        newAddress(),
      ),
    ).toBe(LIMIT);
  });
});

test('a queue token can be checked by anybody who has the address of this service', async () => {
  const { concertId } = await stack.house();
  const fan = await foreignFan();
  const { queueToken } = await fan.join(concertId);
  const answer = await send(stack.origin(1), 'GET', '/.well-known/jwks.json', {
    headers: from(newAddress()),
  });
  expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  const set = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).length(1) }).parse(answer.json);
  const { payload } = await jwtVerify(queueToken, createLocalJWKSet(set), {
    algorithms: ['ES256'],
    issuer: 'frontrow',
    audience: 'frontrow-queue',
  });
  expect(payload).toMatchObject({ sub: fan.id, concertId, seq: expect.stringMatching(/^\d+$/) });
  expect(answer.text).not.toContain('"d"');
});

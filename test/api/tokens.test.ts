import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createAccessTokens } from '../../src/api/accounts/access-tokens';
import type { Fan } from '../support/fan';
import { send } from '../support/http';
import { type House, SECRETS, Stack } from '../support/stack';
import { inTurns } from '../support/until';

const LIMIT = 30;

let stack: Stack;
let house: House;
let fan: Fan;
beforeAll(async () => {
  stack = await Stack.start({ webs: 2, workers: 1, env: { RATE_LIMIT_PER_MINUTE: String(LIMIT) } });
  house = await stack.house();
  fan = await stack.admitted(house.concertId);
});
afterAll(async () => stack.stop());

const Claims = z.looseObject({});
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The claims of a token, signed otherwise. */
function forged(token: string, header: object, secret: string | null, changes: object = {}): string {
  const claims = Claims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
  const text = `${part(header)}.${part({ ...claims, ...changes })}`;
  const signature = secret === null ? '' : createHmac('sha256', secret).update(text).digest('base64url');
  return `${text}.${signature}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };
const OTHER = 'another secret that has nothing to do with this service';
const me = async (token: string): Promise<string> =>
  (await send(stack.origin(), 'GET', '/api/users/me', { token })).said;

describe('an access token', () => {
  test('is required, as a Bearer', async () => {
    const said = async (authorization: string): Promise<string> =>
      (await send(stack.origin(), 'GET', '/api/users/me', { headers: { authorization } })).said;
    expect(await said('')).toBe('401 TOKEN_MISSING');
    expect(await said('Bearer')).toBe('401 TOKEN_MISSING');
    expect(await said(`Basic ${fan.token}`)).toBe('401 TOKEN_MISSING');
    expect(await said(`bearer ${fan.token}`)).toBe('200');
  });

  test('is refused when it was not made here', async () => {
    const tokens = [
      'x',
      'a.b.c',
      '..',
      forged(fan.token, { alg: 'none' }, null),
      forged(fan.token, { alg: 'None', typ: 'JWT' }, null),
      forged(fan.token, HS256, OTHER),
      forged(fan.token, HS256, ''),
      forged(fan.token, { alg: 'HS512' }, SECRETS.JWT_SECRET),
      fan.token.slice(0, -2),
      `${fan.token}.x`,
    ];
    for (const token of tokens) expect(await me(token)).toBe('401 TOKEN_INVALID');
  });

  test.each([
    ['issuer', { iss: 'somebody else' }],
    ['audience', { aud: 'another service' }],
    ['type', { typ: 'refresh' }],
    ['role', { role: 'root' }],
    ['subject', { sub: 'not a uuid' }],
    ['id', { jti: 7 }],
  ])('with another %s is refused although the signature is right', async (_what, changes) => {
    expect(await me(forged(fan.token, HS256, SECRETS.JWT_SECRET, changes))).toBe('401 TOKEN_INVALID');
    expect(await me(forged(fan.token, HS256, SECRETS.JWT_SECRET))).toBe('200');
  });

  test('that has expired says so', async () => {
    expect(await me(createAccessTokens(SECRETS.JWT_SECRET, -1).issue(fan.id, 'user'))).toBe(
      '401 TOKEN_EXPIRED',
    );
  });

  test('does not open what is for operators', async () => {
    const path = `/api/admin/concerts/${house.concertId}/queue`;
    expect((await fan.send('GET', path)).said).toBe('403 FORBIDDEN');
    const forgedRole = forged(fan.token, HS256, OTHER, { role: 'operator' });
    expect((await fan.send('GET', path, { token: forgedRole })).said).toBe('401 TOKEN_INVALID');
  });
});

describe('a queue token', () => {
  const seats = async (queueToken: string | null): Promise<string> =>
    (await fan.send('GET', `/api/concerts/schedules/${house.scheduleId}/seats`, { queueToken })).said;

  test('and an access token do not pass for each other', async () => {
    expect(await me(fan.queueToken ?? '')).toBe('401 TOKEN_INVALID');
    expect(await seats(fan.token)).toBe('403 QUEUE_TOKEN_INVALID');
    expect(await seats(fan.queueToken)).toBe('200');
  });

  test('is refused when it was not made here, or is of somebody else or another concert', async () => {
    const mine = fan.queueToken ?? '';
    const other = await stack.admitted(house.concertId);
    const elsewhere = await stack.concert();
    const tokens = [
      forged(mine, { alg: 'none' }, null),
      forged(mine, HS256, SECRETS.JWT_SECRET),
      forged(mine, HS256, OTHER),
      forged(mine, HS256, SECRETS.QUEUE_TOKEN_SECRET, { concertId: elsewhere }),
      other.queueToken,
    ];
    for (const token of tokens) expect(await seats(token)).toBe('403 QUEUE_TOKEN_INVALID');
  });

  test('holds the user, the concert and the sequence number of the place', async () => {
    const claims = jwt.verify(fan.queueToken ?? '', SECRETS.QUEUE_TOKEN_SECRET, { algorithms: ['HS256'] });
    expect(claims).toMatchObject({
      sub: fan.id,
      concertId: house.concertId,
      seq: expect.stringMatching(/^\d+$/),
    });
  });

  test('that has expired asks to join again', async () => {
    const past = Math.floor(Date.now() / 1000) - 10;
    const expired = forged(fan.queueToken ?? '', HS256, SECRETS.QUEUE_TOKEN_SECRET, { exp: past });
    expect(await seats(expired)).toBe('403 QUEUE_EXPIRED');
  });
});

describe('too many requests', () => {
  test('of one user are refused over all processes together, with the time to wait', async () => {
    const [eager, calm] = await stack.fans(2);
    if (eager === undefined || calm === undefined) throw new Error('no fans');
    const answers = await Promise.all(
      Array.from({ length: LIMIT + 10 }, async () => eager.send('GET', '/api/points')),
    );
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(10);
    for (const answer of refused) {
      expect(answer.said).toBe('429 RATE_LIMITED');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    expect((await calm.send('GET', '/api/points')).said).toBe('200');
    expect((await send(stack.origin(), 'GET', '/healthz')).said).toBe('200');
  });

  test('of one address are refused whatever X-Forwarded-For says, and a proxy that nobody named is told of once', async () => {
    const answers = await inTurns(
      Array.from({ length: 2 * LIMIT }, (_, index) => index),
      4,
      async (index) =>
        send(stack.origin(), 'GET', '/api/points', { headers: { 'x-forwarded-for': `203.0.113.${index}` } }),
    );
    const refused = answers.filter((answer) => answer.said === '429 RATE_LIMITED');
    expect(refused.length).toBeGreaterThanOrEqual(LIMIT);
    expect(stack.webs[0]?.log.split('X-Forwarded-For is passed over')).toHaveLength(2);
  });
});

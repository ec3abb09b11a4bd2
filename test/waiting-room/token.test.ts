import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { createQueueTokens } from '../../src/waiting-room';

const SECRET = 'the secret of this test, which is long enough';
const tokens = createQueueTokens(SECRET);
const userId = randomUUID();
const issued = {
  userId,
  concertId: '7',
  sequence: '1790000000000001',
  epoch: 2,
  position: 15,
  choosesUntilMs: null,
};
const payload = { sub: userId, concertId: '7', seq: '1790000000000001', epoch: 2, position: 15 };
const right = { issuer: 'frontrow', audience: 'frontrow-queue', expiresIn: 60 };

describe('queue token', () => {
  test('says what was put into it, for 24 hours', () => {
    const reading = tokens.read(tokens.issue(issued));
    expect(reading).toEqual({
      ok: true,
      claims: { ...issued, issuedAtMs: expect.any(Number), expiresAtMs: expect.any(Number) },
    });
    const leftMs = reading.ok ? reading.claims.expiresAtMs - Date.now() : 0;
    expect(Math.abs(leftMs - 24 * 3_600_000)).toBeLessThan(5_000);
  });

  test('says until when seats may be chosen', () => {
    const reading = tokens.read(tokens.issue({ ...issued, position: 0, choosesUntilMs: 1_790_000_000_123 }));
    expect(reading).toMatchObject({ ok: true, claims: { position: 0, choosesUntilMs: 1_790_000_000_123 } });
  });

  test('holds user, concert and sequence in the open', () => {
    expect(jwt.decode(tokens.issue(issued))).toMatchObject({
      sub: userId,
      concertId: '7',
      seq: '1790000000000001',
    });
  });

  test('is what a library would have signed', () => {
    const token = tokens.issue(issued);
    const iat = jwt.decode(token, { json: true })?.iat ?? 0;
    const claims = { ...payload, iat, exp: iat + 24 * 3600, aud: right.audience, iss: right.issuer };
    expect(jwt.verify(token, SECRET, { algorithms: ['HS256'], complete: true })).toMatchObject({
      header: { alg: 'HS256', typ: 'JWT' },
      payload: claims,
    });
    expect(token).toBe(jwt.sign(claims, SECRET, { algorithm: 'HS256' }));
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5);
  });

  test('past its end is expired', () => {
    const old = jwt.sign(payload, SECRET, { ...right, expiresIn: -1 });
    expect(tokens.read(old)).toEqual({ ok: false, reason: 'EXPIRED' });
  });

  const [head = '', body = '', signature = ''] = tokens.issue(issued).split('.');
  const forged = Buffer.from(JSON.stringify({ ...payload, position: 1 })).toString('base64url');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const refused: Record<string, string> = {
    'another secret': createQueueTokens('another secret, also long enough for a key').issue(issued),
    'another audience': jwt.sign(payload, SECRET, { ...right, audience: 'frontrow-access' }),
    'another issuer': jwt.sign(payload, SECRET, { ...right, issuer: 'someone' }),
    'another algorithm': jwt.sign(payload, SECRET, { ...right, algorithm: 'HS512' }),
    'no signature': `${none}.${body}.`,
    'a changed body': `${head}.${forged}.${signature}`,
    'a missing claim': jwt.sign({ ...payload, seq: undefined }, SECRET, right),
    'a concert that is no number': jwt.sign({ ...payload, concertId: '7}:x' }, SECRET, right),
    'a sequence that is no number': jwt.sign({ ...payload, seq: 'inf' }, SECRET, right),
    'a user that is no UUID': jwt.sign({ ...payload, sub: 'me' }, SECRET, right),
    'no claims at all': jwt.sign('text', SECRET),
    'no token': 'nothing',
    'an empty one': '',
  };
  test.each(Object.entries(refused))('with %s is invalid', (_, token) => {
    expect(tokens.read(token)).toEqual({ ok: false, reason: 'INVALID' });
  });
});

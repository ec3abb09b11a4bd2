import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from 'jose';
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

/** The same bytes: the last of its letters says two bits more than there are. */
function respelled(signature: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + letters.charAt(letters.indexOf(signature.slice(-1)) ^ 1);
}

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
    'a body that is no JSON': `${head}.${Buffer.from('text').toString('base64url')}.${signature}`,
    'a changed body': `${head}.${forged}.${signature}`,
    'another spelling of its signature': `${head}.${body}.${respelled(signature)}`,
    'more behind its signature': `${head}.${body}.${signature}.${signature}`,
    'a part of its signature': `${head}.${body}.${signature.slice(0, -1)}`,
    'a fraction of an epoch': jwt.sign({ ...payload, epoch: 1.5 }, SECRET, right),
    'an epoch before the first': jwt.sign({ ...payload, epoch: 0 }, SECRET, right),
    'a position that is a text': jwt.sign({ ...payload, position: '1' }, SECRET, right),
    'a time for choosing that is none': jwt.sign({ ...payload, chooses: -1 }, SECRET, right),
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

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signing = (privateKey: KeyObject, ...accepted: KeyObject[]) => ({ signing: privateKey, accepted });

describe('queue token signed with a private key', () => {
  const { privateKey, publicKey } = pair();
  const own = createQueueTokens(null, signing(privateKey));

  test('says what was put into it', () => {
    expect(own.read(own.issue(issued))).toEqual({
      ok: true,
      claims: { ...issued, issuedAtMs: expect.any(Number), expiresAtMs: expect.any(Number) },
    });
  });

  test('can be checked with the published keys alone, named as RFC 7638 does it', async () => {
    const keys = createLocalJWKSet({ keys: own.publishedKeys.map((key) => ({ ...key })) });
    const { payload, protectedHeader } = await jwtVerify(own.issue(issued), keys, {
      algorithms: ['ES256'],
      issuer: 'frontrow',
      audience: 'frontrow-queue',
    });
    expect(payload).toMatchObject({ sub: userId, concertId: '7', seq: issued.sequence });
    expect(protectedHeader.kid).toBe(
      await calculateJwkThumbprint({ ...publicKey.export({ format: 'jwk' }) }),
    );
    const members = ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'];
    expect(own.publishedKeys.map((key) => Object.keys(key).toSorted())).toEqual([members]);
  });

  test('is invalid by another key, with another’s name, or past its end', () => {
    const other = pair();
    const theirs = createQueueTokens(null, signing(other.privateKey));
    const [ourKey] = own.publishedKeys;
    const sign = (key: KeyObject, options: jwt.SignOptions) =>
      own.read(
        jwt.sign(payload, key, { ...right, algorithm: 'ES256', keyid: ourKey?.kid ?? '', ...options }),
      );
    expect(own.read(theirs.issue(issued))).toEqual({ ok: false, reason: 'INVALID' });
    expect(sign(other.privateKey, {})).toEqual({ ok: false, reason: 'INVALID' });
    expect(sign(privateKey, { keyid: 'unknown' })).toEqual({ ok: false, reason: 'INVALID' });
    expect(sign(privateKey, { audience: 'frontrow-access' })).toEqual({ ok: false, reason: 'INVALID' });
    expect(sign(privateKey, { expiresIn: -1 })).toEqual({ ok: false, reason: 'EXPIRED' });
    expect(sign(privateKey, {})).toMatchObject({ ok: true });
  });

  test('is not forged with the public key as if that were a secret', () => {
    const both = createQueueTokens(SECRET, signing(privateKey));
    const kid = own.publishedKeys[0]?.kid;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = part({ ...payload, iss: 'frontrow', aud: 'frontrow-queue', iat: 1, exp: 4_000_000_000 });
    const secrets = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
    ];
    const forged = secrets.flatMap((secret) => {
      return ['HS256', 'ES256'].map((alg) => {
        const text = `${part({ alg, kid })}.${body}`;
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      });
    });
    for (const token of [...forged, `${part({ alg: 'none', kid })}.${body}.`])
      for (const reader of [own, both]) expect(reader.read(token)).toEqual({ ok: false, reason: 'INVALID' });
  });

  test('and one that the secret has signed go together for as long as the secret is set', () => {
    const before = tokens.issue(issued);
    const both = createQueueTokens(SECRET, signing(privateKey));
    expect(both.read(before)).toMatchObject({ ok: true });
    expect(jwt.decode(both.issue(issued), { complete: true })?.header.alg).toBe('ES256');
    expect(own.read(both.issue(issued))).toMatchObject({ ok: true });
    expect(own.read(before)).toEqual({ ok: false, reason: 'INVALID' });
    expect(tokens.read(own.issue(issued))).toEqual({ ok: false, reason: 'INVALID' });
  });

  test('is taken by whoever knows its key: of the key before, or the next one', () => {
    const next = pair();
    const after = createQueueTokens(null, signing(next.privateKey, publicKey));
    const ahead = createQueueTokens(SECRET, { signing: null, accepted: [publicKey] });
    expect(after.read(own.issue(issued))).toMatchObject({ ok: true });
    expect(ahead.read(own.issue(issued))).toMatchObject({ ok: true });
    expect(jwt.decode(ahead.issue(issued), { complete: true })?.header.alg).toBe('HS256');
    expect(after.publishedKeys.map(({ kid }) => kid)[1]).toBe(own.publishedKeys[0]?.kid);
    expect(after.publishedKeys).toHaveLength(2);
    // Named twice it is one key.
    expect(createQueueTokens(null, signing(privateKey, publicKey)).publishedKeys).toEqual(own.publishedKeys);
  });

  test('needs a key of one kind', () => {
    expect(() => createQueueTokens(null)).toThrow(/need a secret or a private key/);
    expect(tokens.publishedKeys).toEqual([]);
  });
});

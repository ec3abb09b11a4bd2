import { createHmac, createSecretKey, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createForeignTokens, type ForeignTokens } from '../../src/api/accounts/foreign-tokens';
import { createDatabase } from '../../src/lib/database';
import { createLogger } from '../../src/lib/logger';
import { Problem } from '../../src/lib/problems';
import { TIMES } from '../../src/lib/times';
import { createAccountStore, type ForeignUser } from '../../src/models/account-store';
import { initModels } from '../../src/models/tables';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  type Algorithm,
  AUDIENCE,
  Issuer,
  makeKey,
  type Mood,
  nowSeconds,
  type Otherwise,
} from '../support/issuer';
import { stopwatch } from '../support/stopwatch';
import { untilIs } from '../support/until';

const ALGORITHMS: Algorithm[] = ['RS256', 'ES256', 'EdDSA'];
const KEYS = ALGORITHMS.map((alg) => makeKey(alg));
const LEEWAY_SECONDS = TIMES.clockSkewMs / 1000;

let database: TestDatabase;
let sequelize: Sequelize;
let issuer: Issuer;
let tokens: ForeignTokens;
beforeAll(async () => {
  database = await createTestDatabase();
  sequelize = createDatabase({ url: database.url, pool: 8, name: 'test' });
  initModels(sequelize);
});
afterAll(async () => {
  await sequelize.close();
  await database.drop();
});
beforeEach(async () => {
  issuer = await Issuer.start(...KEYS);
  tokens = open();
  await settled();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await tokens.close();
  await issuer.stop();
});

let putForeign = async (user: ForeignUser): Promise<string> => createAccountStore(sequelize).putForeign(user);

/** As a process that starts now has them. */
function open(): ForeignTokens {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER, AUTH_AUDIENCE } = issuer.settings;
  return createForeignTokens({
    foreignIssuer: { jwksUrl, issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE },
    accounts: { putForeign: async (user) => putForeign(user) },
    logger: createLogger('test', 'silent'),
  });
}

/** A process that has seen the issuer's keys when it started. */
async function settled(): Promise<void> {
  expect(await said(await issuer.token('somebody'))).toBe('taken');
}

async function reopen(): Promise<void> {
  await tokens.close();
  tokens = open();
}

/** Time goes on by so much, as this process sees it. */
function elapse(ms: number): void {
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + ms);
}

async function said(token: string): Promise<string> {
  try {
    const reading = await tokens.read(token);
    return reading.ok ? 'taken' : reading.reason;
  } catch (error) {
    if (error instanceof Problem) return `${error.status} ${error.code}`;
    throw error;
  }
}

async function claimsOf(token: string) {
  const reading = await tokens.read(token);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.claims;
}

async function rows(sql: string): Promise<object[]> {
  return sequelize.query<object>(sql, { type: QueryTypes.SELECT });
}

describe('a token of another issuer', () => {
  test.each(ALGORITHMS)('signed with %s makes its user, a plain one, and finds it again', async (alg) => {
    const subject = randomUUID();
    const first = await claimsOf(
      await issuer.token(subject, { claims: { role: 'operator' } }, issuer.keyFor(alg)),
    );
    expect(first).toMatchObject({ role: 'user', userId: expect.stringMatching(/^[\da-f-]{36}$/) });
    const second = await claimsOf(await issuer.token(subject, {}, issuer.keyFor(alg)));
    expect(second.userId).toBe(first.userId);
    expect(second.tokenId).not.toBe(first.tokenId);
    expect(
      await rows(
        `SELECT role, issuer, subject, balance FROM users JOIN points ON user_id = id WHERE id = '${first.userId}'`,
      ),
    ).toEqual([{ role: 'user', issuer: issuer.name, subject, balance: '0' }]);
  });

  const refused: Record<string, () => Otherwise> = {
    'another issuer': () => ({ claims: { iss: 'https://elsewhere.example.org/' } }),
    'the issuer, spelled otherwise': () => ({ claims: { iss: issuer.name.slice(0, -1) } }),
    'no issuer': () => ({ claims: { iss: undefined } }),
    'another audience': () => ({ claims: { aud: 'https://shop.example.org' } }),
    'a part of the audience': () => ({ claims: { aud: AUDIENCE.slice(0, -1) } }),
    'no audience': () => ({ claims: { aud: undefined } }),
    'no subject': () => ({ claims: { sub: undefined } }),
    'an empty subject': () => ({ claims: { sub: '' } }),
    'a subject that is too long': () => ({ claims: { sub: 'x'.repeat(256) } }),
    'a subject that Postgres cannot keep': () => ({ claims: { sub: 'a\u0000b' } }),
    'half a character in its subject': () => ({ claims: { sub: '\ud83d' } }),
    'a subject that is no text': () => ({ claims: { sub: 7 } }),
    'no end': () => ({ expiresInSeconds: null }),
    'an end that is no number': () => ({ claims: { exp: 'tomorrow' } }),
    'a life of more than a day': () => ({ expiresInSeconds: 86_401 }),
    'an end in a week, and no beginning': () => ({ expiresInSeconds: 604_800, claims: { iat: undefined } }),
    'an end beyond all time': () => ({ claims: { exp: 1e300, iat: undefined } }),
    'a beginning to come': () => ({ claims: { nbf: nowSeconds() + LEEWAY_SECONDS + 5 } }),
    'a time of issue to come': () => ({ claims: { iat: nowSeconds() + LEEWAY_SECONDS + 5 } }),
    'the type of another kind of token': () => ({ header: { typ: 'logout+jwt' } }),
    'a demand that nobody knows': () => ({ header: { crit: ['strange'], strange: 1 } }),
    'more in it than anybody needs': () => ({ claims: { groups: 'x'.repeat(8192) } }),
    'another key’s signature': () => ({ header: { kid: issuer.keyFor('ES256').kid } }),
    'a key that nobody has published': () => ({ header: { kid: 'unknown' } }),
  };
  test.each(Object.entries(refused))('with %s is not taken', async (_what, otherwise) => {
    const before = await rows('SELECT id FROM users');
    expect(await said(await issuer.token('refused', otherwise()))).toBe('INVALID');
    expect(await rows('SELECT id FROM users')).toHaveLength(before.length);
  });

  const taken: Record<string, () => Otherwise> = {
    'several audiences, ours among them': () => ({ claims: { aud: ['https://shop.example.org', AUDIENCE] } }),
    'the type that RFC 9068 gives it': () => ({ header: { typ: 'at+jwt' } }),
    'no time of issue': () => ({ claims: { iat: undefined } }),
    'a life of a day': () => ({ expiresInSeconds: 86_400 }),
    'a clock that is a little ahead': () => ({
      claims: { iat: nowSeconds() + LEEWAY_SECONDS - 3, nbf: nowSeconds() + LEEWAY_SECONDS - 3 },
    }),
    'an end that is just over': () => ({ expiresInSeconds: 3 - LEEWAY_SECONDS }),
    'a key that it does not name, where only one fits': () => ({ header: { kid: undefined } }),
  };
  test.each(Object.entries(taken))('with %s is taken', async (_what, otherwise) => {
    expect(await said(await issuer.token('taken', otherwise()))).toBe('taken');
  });

  test('has expired past the leeway, and says so', async () => {
    expect(await said(await issuer.token('late', { expiresInSeconds: -LEEWAY_SECONDS - 3 }))).toBe('EXPIRED');
  });

  test('is remembered no longer than it is good', async () => {
    const token = await issuer.token('short', { expiresInSeconds: 3 - LEEWAY_SECONDS });
    expect(await said(token)).toBe('taken');
    expect(tokens.known(token)).toBeDefined();
    await untilIs('expired', async () => said(token), 'EXPIRED');
    expect(tokens.known(token)).toBeUndefined();
  });

  test('whose subject is any text has a user of its own', async () => {
    const subjects = [
      'auth0|7',
      'auth0|07',
      'AUTH0|7',
      ' auth0|7',
      '日本',
      '🎫',
      "'; DROP TABLE users; --",
      'x'.repeat(255),
    ];
    const ids = await Promise.all(
      subjects.map(async (subject) => (await claimsOf(await issuer.token(subject))).userId),
    );
    expect(new Set(ids).size).toBe(subjects.length);
  });
});

describe('a forged token', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = () => ({ iss: issuer.name, aud: AUDIENCE, sub: 'forger', exp: nowSeconds() + 60 });

  test('signed with a public key as if that were a secret is not taken', async () => {
    const { publicKey, kid } = issuer.keyFor('RS256');
    for (const secret of [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
    ]) {
      const text = `${part({ alg: 'HS256', kid, typ: 'JWT' })}.${part(payload())}`;
      const forged = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      expect(await said(forged)).toBe('INVALID');
      expect(tokens.mayBeOne(forged)).toBe(false);
    }
  });

  test('without a signature is not taken', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const forged = `${part({ alg, kid: issuer.keyFor('RS256').kid })}.${part(payload())}.`;
      expect(await said(forged)).toBe('INVALID');
      expect(tokens.mayBeOne(forged)).toBe(false);
    }
  });

  test('signed with a secret that stands among the keys is not taken', async () => {
    const secret = createSecretKey(Buffer.from('a secret that somebody has published by mistake'));
    issuer.published.push({ ...secret.export({ format: 'jwk' }), kid: 'secret', alg: 'HS256' });
    await reopen();
    const token = await new SignJWT(payload())
      .setProtectedHeader({ alg: 'HS256', kid: 'secret' })
      .sign(secret);
    expect(await said(token)).toBe('INVALID');
  });

  test('signed with an algorithm that is not ours is not taken, though its key is known', async () => {
    const { privateKey, kid } = issuer.keyFor('RS256');
    issuer.published = issuer.published.map((key) => ({ ...key, alg: undefined }));
    await reopen();
    for (const alg of ['RS384', 'RS512', 'PS256']) {
      const token = await new SignJWT(payload()).setProtectedHeader({ alg, kid }).sign(privateKey);
      expect(await said(token)).toBe('INVALID');
    }
    expect(await said(await issuer.token('the same key, as it is to be used'))).toBe('taken');
  });

  test('with a key of its own in its head is not taken', async () => {
    const own = makeKey('ES256');
    const header = { jwk: own.publicKey.export({ format: 'jwk' }), jku: `${issuer.name}keys`, kid: own.kid };
    expect(await said(await issuer.token('forger', { header }, own))).toBe('INVALID');
    expect(await said(await issuer.token('forger', {}, { ...own, kid: issuer.keyFor('ES256').kid }))).toBe(
      'INVALID',
    );
  });

  test.each([{ alg: 'ES256' }, { use: 'enc' }, { key_ops: ['encrypt'] }])(
    'of a key that is published as %p is not taken',
    async (facts) => {
      issuer.published = issuer.published.map((key) => ({ ...key, ...facts }));
      await reopen();
      expect(await said(await issuer.token('x', {}, issuer.keyFor('RS256')))).toBe('INVALID');
    },
  );

  test('that was changed anywhere is not taken', async () => {
    const [head = '', body = '', signature = ''] = (await issuer.token('me')).split('.');
    const other = part({ ...payload(), sub: 'you' });
    const wrong = [
      `${head}.${other}.${signature}`,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature}.x`,
      '..',
      '',
    ];
    for (const token of wrong) expect(await said(token)).toBe('INVALID');
  });
});

describe('the issuer’s keys', () => {
  test('are asked for once, however many tokens come', async () => {
    await reopen();
    issuer.asked = 0;
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => said(await issuer.token(`crowd ${index}`))),
    );
    expect(new Set(all)).toEqual(new Set(['taken']));
    expect(issuer.asked).toBe(1);
  });

  test('are asked for again when a token names a new one, though not with each', async () => {
    elapse(TIMES.issuerAskAgainMs);
    issuer.asked = 0;
    const [old] = issuer.keys;
    const before = await issuer.token('old');
    issuer.publish(makeKey('ES256'), ...issuer.keys);
    expect(await said(await issuer.token('new'))).toBe('taken');
    expect(await said(before)).toBe('taken');
    expect(issuer.asked).toBe(1);

    const unknown = Array.from({ length: 100 }, async () =>
      said(await issuer.token('x', {}, makeKey('ES256'))),
    );
    expect(new Set(await Promise.all(unknown))).toEqual(new Set(['INVALID']));
    expect(issuer.asked).toBe(1);
    expect(await said(await issuer.token('old again', {}, old))).toBe('taken');
  });

  test('that are withdrawn are good for nothing, not even for tokens seen before', async () => {
    const token = await issuer.token('before');
    expect(await said(token)).toBe('taken');
    issuer.publish(makeKey('RS256'));
    elapse(TIMES.issuerAskAgainMs);
    expect(await said(await issuer.token('after'))).toBe('taken');
    expect(tokens.known(token)).toBeUndefined();
    expect(await said(token)).toBe('INVALID');
  });

  test('that are withdrawn while a token of theirs is read leave nothing remembered', async () => {
    const store = putForeign;
    let goOn = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    putForeign = async (user) => {
      if (user.subject === 'slow') await slow;
      return store(user);
    };
    try {
      const token = await issuer.token('slow');
      const reading = said(token);
      issuer.publish(makeKey('RS256'));
      elapse(TIMES.issuerAskAgainMs);
      expect(await said(await issuer.token('after'))).toBe('taken');
      goOn();
      expect(await reading).toBe('taken');
      expect(tokens.known(token)).toBeUndefined();
      expect(await said(token)).toBe('INVALID');
    } finally {
      putForeign = store;
    }
  });

  test('that are added, or in another order, make nobody look at the tokens seen before anew', async () => {
    const token = await issuer.token('before');
    expect(await said(token)).toBe('taken');
    issuer.publish(makeKey('ES256'), ...[...issuer.keys].reverse());
    elapse(TIMES.issuerAskAgainMs);
    expect(await said(await issuer.token('new'))).toBe('taken');
    expect(tokens.known(token)).toMatchObject({ ok: true });
  });

  test('are taken from a set that holds things that are none', async () => {
    issuer.strays = [null, 7, [], 'key', { kid: 'x' }];
    await reopen();
    expect(await said(await issuer.token('me'))).toBe('taken');
  });

  test('name a user once for each process: later tokens do not ask Postgres who it is', async () => {
    const store = putForeign;
    const asked: string[] = [];
    putForeign = async (user) => {
      asked.push(user.name ?? '');
      return store(user);
    };
    try {
      for (const name of ['A', 'A', 'B']) {
        expect(await said(await issuer.token('regular', { claims: { name, jti: randomUUID() } }))).toBe(
          'taken',
        );
      }
      expect(asked).toEqual(['A', 'B']);
    } finally {
      putForeign = store;
    }
  });

  test('are asked for by nothing that could not be a token of theirs', async () => {
    elapse(TIMES.issuerAskAgainMs);
    issuer.asked = 0;
    await said(
      await new SignJWT({ sub: 'x' }).setProtectedHeader({ alg: 'HS256', kid: 'new' }).sign(Buffer.alloc(32)),
    );
    await said('x.y.z');
    expect(issuer.asked).toBe(0);
  });

  const TROUBLE: Mood[] = ['away', 'silent', 'failing', 'rubbish', 'odd', 'endless', 'elsewhere'];

  test.each(TROUBLE)(
    'that are known go on working while the issuer is %s; others are 503, soon and asked for once',
    async (mood) => {
      issuer.mood = mood;
      elapse(TIMES.issuerAskAgainMs);
      issuer.asked = 0;
      const elapsedMs = stopwatch();
      const unknown = Array.from({ length: 20 }, async () =>
        said(await issuer.token('x', {}, makeKey('ES256'))),
      );
      expect(new Set(await Promise.all(unknown))).toEqual(new Set(['503 UNAVAILABLE']));
      expect(elapsedMs()).toBeLessThan(TIMES.requestDeadlineMs);
      expect(await said(await issuer.token('y', {}, makeKey('ES256')))).toBe('503 UNAVAILABLE');
      expect(await said(await issuer.token(`known, ${mood}`))).toBe('taken');
      expect(issuer.asked).toBe(1);
    },
  );

  test('are not read to the end when they have none', async () => {
    issuer.mood = 'endless';
    elapse(TIMES.issuerAskAgainMs);
    expect(await said(await issuer.token('x', {}, makeKey('ES256')))).toBe('503 UNAVAILABLE');
    expect(issuer.poured).toBeGreaterThan(0);
    expect(issuer.poured).toBeLessThan(33_554_432); // What the two ends of a connection hold, and some more.
  });

  test('are found once the issuer is back, for a process that started without it', async () => {
    issuer.mood = 'away';
    await reopen();
    const token = await issuer.token('patient');
    expect(await said(token)).toBe('503 UNAVAILABLE');
    issuer.mood = 'well';
    expect(await said(token)).toBe('503 UNAVAILABLE');
    elapse(TIMES.issuerAskAgainMs);
    expect(await said(token)).toBe('taken');
  });

  test('are good beside one that is none', async () => {
    issuer.published.unshift(
      {},
      { kty: 7 },
      { kty: 'AKP', alg: 'ML-DSA-44', kid: 'new' },
      { kty: 'EC', kid: 'half' },
    );
    await reopen();
    for (const key of issuer.keys) expect(await said(await issuer.token('x', {}, key))).toBe('taken');
    expect(await said(await issuer.token('x', {}, makeKey('ES256', 'half')))).toBe('INVALID');
  });

  test('of which none is left are none', async () => {
    const token = await issuer.token('x');
    issuer.publish();
    await reopen();
    expect(await said(token)).toBe('INVALID');
  });
});

describe('the user of a token', () => {
  test('is one, however many see it first', async () => {
    const others = Array.from({ length: 3 }, open);
    const readers = [tokens, ...others];
    const all = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const reading = await readers[index % readers.length]?.read(
          await issuer.token('rushed', { claims: { jti: String(index) } }),
        );
        return reading?.ok === true ? reading.claims.userId : reading?.reason;
      }),
    );
    expect(new Set(all).size).toBe(1);
    expect(
      await rows(`SELECT user_id FROM points JOIN users ON id = user_id WHERE subject = 'rushed'`),
    ).toEqual([{ user_id: all[0] }]);
    await Promise.all(others.map(async (each) => each.close()));
  });

  const emailOf = async (claims: object): Promise<unknown> => {
    const { userId } = await claimsOf(await issuer.token(randomUUID(), { claims: { ...claims } }));
    return createAccountStore(sequelize).find(userId);
  };

  test('has the name and the email that the issuer has verified, and none that it has not', async () => {
    const email = 'fan@example.org';
    expect(await emailOf({ email, email_verified: true, name: 'A Fan' })).toMatchObject({
      email,
      name: 'A Fan',
    });
    for (const claims of [
      { email },
      { email, email_verified: false },
      { email, email_verified: 'true' },
      { email: 'no address', email_verified: true },
      { name: 7 },
      { name: 'a\u0000b' },
    ])
      expect(await emailOf(claims)).toMatchObject({ email: '', name: '' });
  });

  test('has what the issuer said last', async () => {
    const see = async (claims: object) => {
      const { userId } = await claimsOf(
        await issuer.token('changing', { claims: { ...claims, jti: randomUUID() } }),
      );
      return createAccountStore(sequelize).find(userId);
    };
    await see({ name: 'First', email: 'first@example.org', email_verified: true });
    expect(await see({ name: 'Second' })).toMatchObject({ name: 'Second', email: 'first@example.org' });
    expect(await see({ email: 'second@example.org', email_verified: true })).toMatchObject({
      name: 'Second',
      email: 'second@example.org',
    });
  });

  test('never becomes an account of ours by its email, nor keeps anybody from making one', async () => {
    const accounts = createAccountStore(sequelize);
    const email = 'operator@example.org';
    const verified = { claims: { email, email_verified: true } };
    await accounts.putOperator({ email, name: 'Operator', passwordHash: 'hash' });
    const operator = await accounts.findByEmail(email);
    const stranger = await claimsOf(await issuer.token('stranger', verified));
    expect(stranger.userId).not.toBe(operator?.id);
    expect(await accounts.findByEmail(email)).toEqual(operator);

    const late = { email: 'late@example.org', email_verified: true };
    await claimsOf(await issuer.token('early bird', { claims: late }));
    expect(await accounts.findByEmail(late.email)).toBeNull();
    expect(await accounts.create({ email: late.email, name: 'Late', passwordHash: 'hash' })).not.toBeNull();
  });
});

test('a sign-out is of the jti, else of what was signed', async () => {
  const idOf = async (otherwise: Otherwise, key?: ReturnType<Issuer['keyFor']>): Promise<string> =>
    (await claimsOf(await issuer.token('leaver', otherwise, key))).tokenId;
  expect(await idOf({ claims: { jti: 'one', n: 1 } })).toBe(await idOf({ claims: { jti: 'one', n: 2 } }));
  expect(await idOf({ claims: { jti: 'one' } })).not.toBe(await idOf({ claims: { jti: 'two' } }));
  expect(await idOf({ claims: { n: 1 } })).not.toBe(await idOf({ claims: { n: 2 } }));
  // ES256 signs the same text otherwise each time: whoever can make a second signature of it is signed out as well.
  const iat = nowSeconds();
  const same = { claims: { iat, exp: iat + 60 } };
  expect(await idOf(same, issuer.keyFor('ES256'))).toBe(await idOf(same, issuer.keyFor('ES256')));
});

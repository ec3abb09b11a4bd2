import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readSettings, SettingsError } from '../../src/lib/settings';

const SECRET = 'a secret of thirty-two bytes or more, for access';
const OTHER_SECRET = 'a secret of thirty-two bytes or more, for queues';
const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: SECRET, QUEUE_TOKEN_SECRET: OTHER_SECRET };

function faultsOf(env: Record<string, string | undefined>): string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

describe('settings', () => {
  test('all have a safe default', () => {
    expect(readSettings({})).toMatchObject({
      port: 3000,
      accessTokenTtlSeconds: 3600,
      holdTtlMs: 300_000,
      seatLimit: 4,
      commandRetentionMs: 604_800_000,
      queuePolicy: {
        maxActive: 1000,
        admitPerInterval: 100,
        admitIntervalMs: 1000,
        activeTtlSeconds: 420,
        abandonAfterSeconds: 60,
        paused: false,
        opensAt: null,
        order: 'arrival',
        message: null,
        admitBeyondStock: true,
      },
      boardReadOnly: true,
      logLevel: 'info',
    });
  });

  test('that are wrong are all told at once, each by its name', () => {
    const faults = faultsOf({
      PORT: '70000',
      DATABASE_URL: 'mysql://here',
      REDIS_URL: 'nowhere',
      JWT_SECRET: 'short',
      QUEUE_TOKEN_PRIVATE_KEY: 'none',
      QUEUE_TOKEN_PUBLIC_KEYS: 'none',
      AUTH_JWKS_URL: 'file:///etc/keys',
      HOLD_TTL_SECONDS: '0',
      SEAT_LIMIT: '-1',
      COMMAND_RETENTION_HOURS: '23',
      QUEUE_MAX_ACTIVE: '1.5',
      QUEUE_ADMIT_INTERVAL_MS: '1',
      RATE_LIMIT_PER_MINUTE: 'many',
      RATE_LIMIT_ADDRESS_FACTOR: '0',
      TRUST_PROXY: 'yes',
      METRICS_TOKEN: 'short',
      OPERATOR_EMAIL: 'nobody',
      BULL_BOARD_READ_ONLY: 'yes',
      LOG_LEVEL: 'loud',
    });
    expect(faults.map((fault) => fault.split(':')[0] ?? '').toSorted()).toEqual([
      'AUTH_JWKS_URL',
      'BULL_BOARD_READ_ONLY',
      'COMMAND_RETENTION_HOURS',
      'DATABASE_URL',
      'HOLD_TTL_SECONDS',
      'JWT_SECRET',
      'LOG_LEVEL',
      'METRICS_TOKEN',
      'OPERATOR_EMAIL',
      'PORT',
      'QUEUE_ADMIT_INTERVAL_MS',
      'QUEUE_MAX_ACTIVE',
      'QUEUE_TOKEN_PRIVATE_KEY',
      'QUEUE_TOKEN_PUBLIC_KEYS',
      'RATE_LIMIT_ADDRESS_FACTOR',
      'RATE_LIMIT_PER_MINUTE',
      'REDIS_URL',
      'SEAT_LIMIT',
      'TRUST_PROXY',
    ]);
  });

  test('never show the value of a secret in a fault', () => {
    expect(faultsOf({ JWT_SECRET: 'hunter2', OPERATOR_PASSWORD: 'swordfi' }).join('\n')).not.toMatch(
      /hunter2|swordfi/,
    );
  });

  test('that are empty count as not given', () => {
    expect(readSettings({ PORT: '', LOG_LEVEL: '', JWT_SECRET: '' }).port).toBe(3000);
  });

  test('of the figures’ token are what a header can carry', () => {
    expect(faultsOf({ METRICS_TOKEN: 'a token of more than thirty-two bytes' })).toHaveLength(1);
    expect(faultsOf({ METRICS_TOKEN: 'a-tökén-of-more-than-thirty-two-bytes' })).toHaveLength(1);
    expect(faultsOf({ METRICS_TOKEN: 'a-token-of-more-than-thirty-two-bytes' })).toEqual([]);
  });

  test('of proxies are their number, or whether there is one', () => {
    const read = (value: string): number => readSettings({ TRUST_PROXY: value }).proxies;
    expect(['', 'false', '0', 'true', '1', '2'].map(read)).toEqual([0, 0, 0, 1, 1, 2]);
    for (const wrong of ['yes', '-1', '1.5', '1000', 'TRUE', '10.0.0.0/8'])
      expect(faultsOf({ TRUST_PROXY: wrong })).toEqual([expect.stringMatching(/^TRUST_PROXY: /)]);
  });

  test('of the operator come together or not at all', () => {
    expect(faultsOf({ OPERATOR_EMAIL: 'a@b.test' })).toHaveLength(1);
    expect(faultsOf({ OPERATOR_PASSWORD: 'long enough' })).toHaveLength(1);
    expect(readSettings({ OPERATOR_EMAIL: 'a@b.test', OPERATOR_PASSWORD: 'long enough' }).operator).toEqual({
      email: 'a@b.test',
      password: 'long enough',
    });
  });
});

const pair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const { privateKey, publicKey } = pair('P-256');
const PRIVATE = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const PUBLIC = publicKey.export({ format: 'pem', type: 'spki' }).toString();

describe('settings of queue tokens', () => {
  const keysOf = (env: Record<string, string>) => readSettings(env).queueTokenKeys;

  test('take a private key in either form, also on one line', () => {
    const sec1 = privateKey.export({ format: 'pem', type: 'sec1' }).toString();
    for (const text of [
      PRIVATE,
      sec1,
      `\n${PRIVATE}\n`,
      PRIVATE.replaceAll('\n', '\\n'),
      PRIVATE.replaceAll('\n', '\r\n'),
    ])
      expect(keysOf({ QUEUE_TOKEN_PRIVATE_KEY: text }).signing?.equals(privateKey)).toBe(true);
  });

  test('take several public keys', () => {
    const other = pair('P-256').publicKey;
    const text = PUBLIC + other.export({ format: 'pem', type: 'spki' }).toString();
    for (const each of [text, text.replaceAll('\n', '\\n')]) {
      const { signing, accepted } = keysOf({ QUEUE_TOKEN_PUBLIC_KEYS: each });
      expect(signing).toBeNull();
      expect([accepted.length, accepted[0]?.equals(publicKey), accepted[1]?.equals(other)]).toEqual([
        2,
        true,
        true,
      ]);
    }
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const encrypted = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const wrong: Record<string, [name: string, text: string]> = {
    'a private key of another curve': [
      'QUEUE_TOKEN_PRIVATE_KEY',
      pair('P-384').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ],
    'a private key of a curve much like it': [
      'QUEUE_TOKEN_PRIVATE_KEY',
      pair('secp256k1').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ],
    'a private key of another kind': [
      'QUEUE_TOKEN_PRIVATE_KEY',
      rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ],
    'a private key that wants a password': [
      'QUEUE_TOKEN_PRIVATE_KEY',
      privateKey.export(encrypted).toString(),
    ],
    'a public key in place of the private one': ['QUEUE_TOKEN_PRIVATE_KEY', PUBLIC],
    'two private keys': ['QUEUE_TOKEN_PRIVATE_KEY', PRIVATE + PRIVATE],
    'half a private key': ['QUEUE_TOKEN_PRIVATE_KEY', PRIVATE.slice(0, 100)],
    'a private key with a letter too few': ['QUEUE_TOKEN_PRIVATE_KEY', PRIVATE.replace(/\n(.)/, '\n')],
    'a private key with something behind it': ['QUEUE_TOKEN_PRIVATE_KEY', `${PRIVATE}and more`],
    'a private key among the public ones': ['QUEUE_TOKEN_PUBLIC_KEYS', PUBLIC + PRIVATE],
    'a public key of another kind': [
      'QUEUE_TOKEN_PUBLIC_KEYS',
      PUBLIC + rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    ],
    'a public key that is damaged': ['QUEUE_TOKEN_PUBLIC_KEYS', PUBLIC.replace(/\n(.)/, '\n')],
  };
  test.each(Object.entries(wrong))(
    'refuse %s, in words of ours and without a letter of it',
    (_what, [name, text]) => {
      const faults = faultsOf({ [name]: text, PORT: 'x' });
      expect(faults).toEqual([expect.stringMatching(/^PORT: /), expect.stringMatching(`^${name}: must be `)]);
      const lines = text.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
      for (const line of lines) expect(faults.join()).not.toContain(line);
      expect(faults.join()).not.toMatch(/DECODER|asn1|error:/i);
    },
  );

  test('do without a secret once a key signs, and then take none that everybody knows', () => {
    const key = { QUEUE_TOKEN_PRIVATE_KEY: PRIVATE };
    expect(readSettings(key).queueTokenSecret).toBeNull();
    expect(readSettings({ ...key, QUEUE_TOKEN_SECRET: OTHER_SECRET }).queueTokenSecret).toBe(OTHER_SECRET);
    expect(faultsOf({ NODE_ENV: 'production', JWT_SECRET: SECRET, ...key })).toEqual([]);
    expect(faultsOf({ NODE_ENV: 'production', JWT_SECRET: SECRET, QUEUE_TOKEN_PUBLIC_KEYS: PUBLIC })).toEqual(
      [expect.stringMatching(/^QUEUE_TOKEN_SECRET: required/)],
    );
    const operator = { OPERATOR_EMAIL: 'a@b.test', OPERATOR_PASSWORD: 'long enough' };
    expect(readSettings({ HOST: '0.0.0.0', JWT_SECRET: SECRET, ...operator, ...key }).exposed).toBe(false);
  });
});

describe('settings of another issuer', () => {
  const ISSUER = {
    AUTH_JWKS_URL: 'https://id.example.org/keys',
    AUTH_ISSUER: 'https://id.example.org/',
    AUTH_AUDIENCE: 'tickets',
  };

  test('come all three or not at all', () => {
    expect(readSettings({}).foreignIssuer).toBeNull();
    expect(readSettings(ISSUER).foreignIssuer).toEqual({
      jwksUrl: ISSUER.AUTH_JWKS_URL,
      issuer: ISSUER.AUTH_ISSUER,
      audience: 'tickets',
    });
    for (const name of Object.keys(ISSUER)) {
      expect(faultsOf({ ...ISSUER, [name]: '' })).toEqual([expect.stringMatching('set all three or none')]);
      expect(faultsOf({ ...ISSUER, [name]: undefined })).toHaveLength(1);
    }
  });

  test('lead nowhere in production where others could answer', () => {
    const faults = (url: string) => faultsOf({ ...PRODUCTION, ...ISSUER, AUTH_JWKS_URL: url });
    for (const url of [
      'https://id.example.org/keys',
      'http://127.0.0.1:8080/keys',
      'http://[::1]:8080/keys',
      'http://localhost/keys',
    ])
      expect(faults(url)).toEqual([]);
    for (const url of [
      'http://id.example.org/keys',
      'http://10.0.0.1/keys',
      'http://127.0.0.1.example.org/',
      'http://localhost.example.org/',
    ])
      expect(faults(url)).toEqual([expect.stringMatching(/^AUTH_JWKS_URL: must be https/)]);
    expect(faultsOf({ ...ISSUER, AUTH_JWKS_URL: 'http://id.example.org/keys' })).toEqual([]);
  });
});

test('settings tell whether the process listens beyond loopback with a published secret', () => {
  const own = { JWT_SECRET: SECRET, QUEUE_TOKEN_SECRET: OTHER_SECRET };
  const operator = { OPERATOR_EMAIL: 'a@b.test', OPERATOR_PASSWORD: 'long enough' };
  const exposed = (env: Record<string, string>) => readSettings(env).exposed;
  for (const HOST of ['0.0.0.0', '::', '10.0.0.1']) {
    expect(exposed({ HOST })).toBe(true);
    expect(exposed({ HOST, ...own })).toBe(true); // the operator's password is published
    expect(exposed({ HOST, ...operator, JWT_SECRET: SECRET })).toBe(true);
    expect(exposed({ HOST, ...operator, ...own })).toBe(false);
    expect(exposed({ HOST, ...PRODUCTION })).toBe(false);
  }
  for (const HOST of ['', '127.0.0.1', '::1', 'localhost']) expect(exposed({ HOST })).toBe(false);
});

describe('in production', () => {
  test('both secrets are required', () => {
    const faults = faultsOf({ NODE_ENV: 'production' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['JWT_SECRET', 'QUEUE_TOKEN_SECRET']);
  });

  test.each([
    ['JWT_SECRET', 'development-only-access-secret-known-to-everybody'],
    ['QUEUE_TOKEN_SECRET', 'development-only-queue-secret-known-to-everybody'],
    ['JWT_SECRET', readSettings({}).accessTokenSecret],
    ['QUEUE_TOKEN_SECRET', readSettings({}).queueTokenSecret ?? ''],
    ['OPERATOR_PASSWORD', 'frontrow-operator'],
  ])('%s is refused when it is the published %s', (name, value) => {
    const faults = faultsOf({
      ...PRODUCTION,
      OPERATOR_EMAIL: 'a@b.test',
      OPERATOR_PASSWORD: 'long enough',
      [name]: value,
    });
    expect(faults).toEqual([expect.stringMatching(`^${name}: is known to everybody`)]);
    expect(faults.join()).not.toContain(value);
  });

  test('the two secrets must differ', () => {
    expect(faultsOf({ ...PRODUCTION, QUEUE_TOKEN_SECRET: SECRET })).toHaveLength(1);
    expect(faultsOf(PRODUCTION)).toEqual([]);
  });

  test('no operator is made unless one is named', () => {
    expect(readSettings(PRODUCTION).operator).toBeNull();
    expect(readSettings({}).operator).not.toBeNull();
  });

  test('the secrets of development are never used', () => {
    const production = readSettings(PRODUCTION);
    const development = readSettings({});
    expect(production.accessTokenSecret).toBe(SECRET);
    expect(production.queueTokenSecret).toBe(OTHER_SECRET);
    expect(development.accessTokenSecret).not.toBe(development.queueTokenSecret);
  });
});

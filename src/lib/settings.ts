import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { readPrivateKey, readPublicKeys } from './pem-keys';
import { readRedisUrl } from './redis-url';
import { reasonOf, StartError } from './start';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const redisUrl = z.string().superRefine((value, ctx) => {
  try {
    readRedisUrl(value);
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: reasonOf(error) });
  }
});
const secret = z
  .string()
  .refine((value) => Buffer.byteLength(value) >= 32, { message: 'must be at least 32 bytes' });
const pem = <Key>(read: (text: string) => Key) =>
  z.string().transform((value, ctx) => {
    try {
      return read(value);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: reasonOf(error) });
      return z.NEVER;
    }
  });
const proxies = z.union(
  [z.literal('true').transform(() => 1), z.literal('false').transform(() => 0), whole(0, 100)],
  'must be true, false or the number of proxies',
);

/** Every setting, with its default. A test checks the README's table and .env.example against this list. */
export const SettingsSchema = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3000),
  WORKER_PORT: whole(1, 65_535).optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').default('postgres://postgres@127.0.0.1:5432/frontrow'),
  DATABASE_READ_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_POOL: whole(2, 500).default(10),
  REDIS_URL: redisUrl.default('redis://127.0.0.1:6379'),
  JWT_SECRET: secret.optional(),
  QUEUE_TOKEN_SECRET: secret.optional(),
  QUEUE_TOKEN_PRIVATE_KEY: pem(readPrivateKey).optional(),
  QUEUE_TOKEN_PUBLIC_KEYS: pem(readPublicKeys).optional(),
  AUTH_JWKS_URL: url('https:', 'http:').optional(),
  AUTH_ISSUER: z.string().max(255).optional(),
  AUTH_AUDIENCE: z.string().max(255).optional(),
  ACCESS_TOKEN_TTL_SECONDS: whole(1, 31_536_000).default(3600),
  HOLD_TTL_SECONDS: whole(1, 86_400).default(300),
  SEAT_LIMIT: whole(1, 1000).default(4),
  COMMAND_RETENTION_HOURS: whole(24, 87_600).default(168),
  QUEUE_MAX_ACTIVE: whole(0, 1_000_000).default(1000),
  QUEUE_ADMIT_PER_INTERVAL: whole(1, 100_000).default(100),
  QUEUE_ADMIT_INTERVAL_MS: whole(100, 3_600_000).default(1000),
  QUEUE_ACTIVE_TTL_SECONDS: whole(1, 86_400).default(420),
  QUEUE_ABANDON_AFTER_SECONDS: whole(1, 86_400).default(60),
  OPERATOR_EMAIL: z.email().optional(),
  OPERATOR_PASSWORD: z.string().min(8).max(200).optional(),
  RATE_LIMIT_PER_MINUTE: whole(0, 1_000_000).default(600),
  RATE_LIMIT_ADDRESS_FACTOR: whole(1, 1_000_000).default(10),
  TRUST_PROXY: proxies.default(0),
  METRICS_TOKEN: secret.regex(/^[\x21-\x7e]*$/, 'must be visible ASCII without spaces').optional(),
  BULL_BOARD_READ_ONLY: flag.default(true),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export interface Settings {
  production: boolean;
  /** Listens beyond loopback with a secret or password that everybody knows who reads the source: never in production. */
  exposed: boolean;
  host: string;
  port: number;
  /** Where a worker process serves /healthz, /readyz and /metrics; null: nowhere. */
  workerPort: number | null;
  databaseUrl: string;
  /** A standby, for what may be a second or two behind; null: there is none. */
  databaseReadUrl: string | null;
  databasePool: number;
  redisUrl: string;
  accessTokenSecret: string;
  /** null: queue tokens are ES256 alone. */
  queueTokenSecret: string | null;
  queueTokenKeys: {
    /** Signs queue tokens with ES256; null: the secret signs them. */
    signing: KeyObject | null;
    /** Public keys whose queue tokens are taken as well: those before this one, or the next. */
    accepted: readonly KeyObject[];
  };
  /** Whose access tokens are taken beside our own; null: nobody's. */
  foreignIssuer: { jwksUrl: string; issuer: string; audience: string } | null;
  accessTokenTtlSeconds: number;
  holdTtlMs: number;
  seatLimit: number;
  /** How long a command and its idempotency key are remembered after its end; the contract promises a day. */
  commandRetentionMs: number;
  /** The waiting rooms' policy where a concert has none of its own. */
  queuePolicy: {
    maxActive: number;
    admitPerInterval: number;
    admitIntervalMs: number;
    activeTtlSeconds: number;
    abandonAfterSeconds: number;
    paused: boolean;
    opensAt: null;
    order: 'arrival';
    message: null;
    admitBeyondStock: true;
  };
  operator: { email: string; password: string } | null;
  rateLimitPerMinute: number;
  /** How many times `rateLimitPerMinute` all signed-in users behind one address may make together. */
  rateLimitAddressFactor: number;
  /** How many proxies stand in front and append to X-Forwarded-For. */
  proxies: number;
  /** What /metrics asks for as a Bearer token; null: nothing. */
  metricsToken: string | null;
  boardReadOnly: boolean;
  logLevel: z.infer<typeof SettingsSchema>['LOG_LEVEL'];
}

/** Thrown by `readSettings`; `faults` has one line for every wrong setting, so that one start shows them all. */
export class SettingsError extends StartError {
  constructor(readonly faults: string[]) {
    super(`The settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

// Known to everybody who reads this file: good enough on a developer's machine, refused in production.
const DEVELOPMENT_SECRET = 'frontrow-development-only-secret-never-in-production';
const DEVELOPMENT_OPERATOR = { email: 'operator@frontrow.test', password: 'frontrow-operator' };
// Every secret that was ever written down in this project has this in it, those of older compose files too.
const PUBLISHED = 'development-only';
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/**
 * Reads and checks the settings. Empty variables count as unset, as compose files tend to pass them.
 * @throws SettingsError listing every fault
 */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = SettingsSchema.safeParse(given);
  const faults = parsed.success
    ? productionFaults(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults);
  const value = parsed.data;
  return {
    production: value.NODE_ENV === 'production',
    exposed: !LOOPBACK.test(value.HOST) && hasPublishedSecret(value),
    host: value.HOST,
    port: value.PORT,
    workerPort: value.WORKER_PORT ?? null,
    databaseUrl: value.DATABASE_URL,
    databaseReadUrl: value.DATABASE_READ_URL ?? null,
    databasePool: value.DATABASE_POOL,
    redisUrl: value.REDIS_URL,
    accessTokenSecret: value.JWT_SECRET ?? `${DEVELOPMENT_SECRET}-access`,
    queueTokenSecret: queueTokenSecretOf(value),
    queueTokenKeys: {
      signing: value.QUEUE_TOKEN_PRIVATE_KEY ?? null,
      accepted: value.QUEUE_TOKEN_PUBLIC_KEYS ?? [],
    },
    foreignIssuer: foreignIssuerOf(value),
    accessTokenTtlSeconds: value.ACCESS_TOKEN_TTL_SECONDS,
    holdTtlMs: value.HOLD_TTL_SECONDS * 1000,
    seatLimit: value.SEAT_LIMIT,
    commandRetentionMs: value.COMMAND_RETENTION_HOURS * 3_600_000,
    queuePolicy: {
      maxActive: value.QUEUE_MAX_ACTIVE,
      admitPerInterval: value.QUEUE_ADMIT_PER_INTERVAL,
      admitIntervalMs: value.QUEUE_ADMIT_INTERVAL_MS,
      activeTtlSeconds: value.QUEUE_ACTIVE_TTL_SECONDS,
      abandonAfterSeconds: value.QUEUE_ABANDON_AFTER_SECONDS,
      paused: false,
      opensAt: null,
      order: 'arrival',
      message: null,
      admitBeyondStock: true,
    },
    operator: operatorOf(value),
    rateLimitPerMinute: value.RATE_LIMIT_PER_MINUTE,
    rateLimitAddressFactor: value.RATE_LIMIT_ADDRESS_FACTOR,
    proxies: value.TRUST_PROXY,
    metricsToken: value.METRICS_TOKEN ?? null,
    boardReadOnly: value.BULL_BOARD_READ_ONLY,
    logLevel: value.LOG_LEVEL,
  };
}

/** Once a key signs, nobody shall pass with a secret that everybody knows. */
function queueTokenSecretOf(value: z.infer<typeof SettingsSchema>): string | null {
  if (value.QUEUE_TOKEN_PRIVATE_KEY !== undefined) return value.QUEUE_TOKEN_SECRET ?? null;
  return value.QUEUE_TOKEN_SECRET ?? `${DEVELOPMENT_SECRET}-queue`;
}

function foreignIssuerOf(value: z.infer<typeof SettingsSchema>): Settings['foreignIssuer'] {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = value;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return null;
  return { jwksUrl, issuer, audience };
}

function isPrivateWay(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(hostname);
}

function productionFaults(value: z.infer<typeof SettingsSchema>): string[] {
  const faults: string[] = [];
  if ((value.OPERATOR_EMAIL === undefined) !== (value.OPERATOR_PASSWORD === undefined)) {
    faults.push('OPERATOR_EMAIL and OPERATOR_PASSWORD: set both or neither');
  }
  const foreign = [value.AUTH_JWKS_URL, value.AUTH_ISSUER, value.AUTH_AUDIENCE];
  if (foreign.includes(undefined) && foreign.some((each) => each !== undefined)) {
    faults.push('AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE: set all three or none');
  }
  if (value.NODE_ENV !== 'production') return faults;
  // Whoever is on the way could put keys of their own among the issuer's, and be anybody here.
  if (value.AUTH_JWKS_URL !== undefined && !isPrivateWay(value.AUTH_JWKS_URL)) {
    faults.push('AUTH_JWKS_URL: must be https in production, unless it is on this machine');
  }
  if (value.JWT_SECRET === undefined) faults.push('JWT_SECRET: required in production, at least 32 bytes');
  if (value.QUEUE_TOKEN_SECRET === undefined && value.QUEUE_TOKEN_PRIVATE_KEY === undefined) {
    faults.push('QUEUE_TOKEN_SECRET: required in production, at least 32 bytes; or QUEUE_TOKEN_PRIVATE_KEY');
  }
  for (const name of publishedIn(value)) {
    faults.push(`${name}: is known to everybody who reads the source of frontrow; make one of your own`);
  }
  // One secret for both would let a queue token be checked as an access token's signature and back.
  if (value.JWT_SECRET !== undefined && value.JWT_SECRET === value.QUEUE_TOKEN_SECRET) {
    faults.push('QUEUE_TOKEN_SECRET: must differ from JWT_SECRET');
  }
  return faults;
}

function publishedIn(value: z.infer<typeof SettingsSchema>): string[] {
  const secrets = (['JWT_SECRET', 'QUEUE_TOKEN_SECRET'] as const).filter((name) =>
    value[name]?.includes(PUBLISHED),
  );
  return value.OPERATOR_PASSWORD === DEVELOPMENT_OPERATOR.password
    ? [...secrets, 'OPERATOR_PASSWORD']
    : secrets;
}

function hasPublishedSecret(value: z.infer<typeof SettingsSchema>): boolean {
  if (value.NODE_ENV === 'production') return false; // refused
  const queueTokens = value.QUEUE_TOKEN_PRIVATE_KEY ?? value.QUEUE_TOKEN_SECRET;
  const own = [value.JWT_SECRET, queueTokens, value.OPERATOR_PASSWORD];
  return own.includes(undefined) || publishedIn(value).length > 0;
}

function operatorOf(value: z.infer<typeof SettingsSchema>): Settings['operator'] {
  if (value.OPERATOR_EMAIL !== undefined && value.OPERATOR_PASSWORD !== undefined) {
    return { email: value.OPERATOR_EMAIL, password: value.OPERATOR_PASSWORD };
  }
  if (value.NODE_ENV === 'production') return null;
  return DEVELOPMENT_OPERATOR;
}

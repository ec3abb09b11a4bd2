import { createHash } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import type { Settings } from '../../lib/settings';
import { TIMES } from '../../lib/times';
import type { AccountStore } from '../../models/account-store';
import type { AccessReading } from './access-tokens';
import { createIssuerKeys, IssuerAwayError } from './issuer-keys';

/** Access tokens of another issuer. */
export interface ForeignTokens {
  /** What a token was found to say, remembered until its end; undefined: it was not read yet, or is not right. */
  known(token: string): AccessReading | undefined;
  /** Whether it is worth reading. Nothing of it is checked. */
  mayBeOne(token: string): boolean;
  /**
   * Checks a token, and makes its user at first sight.
   * @throws Problem UNAVAILABLE when its key is not known and the issuer cannot be asked for it
   */
  read(token: string): Promise<AccessReading>;
  close(): Promise<void>;
}

export interface ForeignTokensParts {
  foreignIssuer: NonNullable<Settings['foreignIssuer']>;
  accounts: Pick<AccountStore, 'putForeign'>;
  logger: Logger;
}

// Pinned here, never taken from a token or a key: a public key must not serve as the secret of an HS256 token.
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
// Access tokens, as RFC 9068 types them or not at all; an issuer signs others with the same keys, such as logout tokens.
const TYPES = new Set([undefined, 'jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);
const LONGEST_TOKEN = 8192;
const LEEWAY_SECONDS = TIMES.clockSkewMs / 1000;
const LONGEST_LIFE_SECONDS = TIMES.foreignTokenMs / 1000;
// A crowd polls by turns: what is pushed out before its owner's next poll was remembered for nothing.
const REMEMBERED_TOKENS = 100_000;
const REMEMBERED_USERS = 200_000;

/** Text that Postgres keeps as it is: half a character would become another, and two users perhaps one. */
const stored = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\0\p{Surrogate}]*$/u);
const ClaimsSchema = z.object({
  sub: stored(255),
  exp: z.number(),
  iat: z.number().optional(),
  jti: z.string().min(1).optional().catch(undefined),
  email: z.email().max(254).nullable().catch(null),
  email_verified: z.literal(true).nullable().catch(null),
  name: stored(100).nullable().catch(null),
});
type Claims = z.infer<typeof ClaimsSchema>;

const INVALID: AccessReading = { ok: false, reason: 'INVALID' };
const EXPIRED: AccessReading = { ok: false, reason: 'EXPIRED' };

/** Takes the access tokens of one other issuer. Its users are plain users: operators are made here. */
export function createForeignTokens({ foreignIssuer, accounts, logger }: ForeignTokensParts): ForeignTokens {
  const { issuer, audience, jwksUrl } = foreignIssuer;
  const readings = new LRUCache<string, AccessReading>({ max: REMEMBERED_TOKENS });
  const users = new LRUCache<string, { userId: string; told: string }>({ max: REMEMBERED_USERS });
  let withdrawals = 0;
  // Whoever had a key that is withdrawn may have made any of them.
  const onWithdrawn = (): void => {
    withdrawals += 1;
    readings.clear();
  };
  const keys = createIssuerKeys({ url: jwksUrl, onWithdrawn, logger });
  const options = {
    algorithms: ALGORITHMS,
    issuer,
    audience,
    clockTolerance: LEEWAY_SECONDS,
  };

  /** @throws jose's errors, ZodError or RefusedError for a token that is not taken */
  async function verified(token: string): Promise<Claims> {
    if (token.length > LONGEST_TOKEN) throw new RefusedError('it is too long');
    const { payload, protectedHeader } = await jwtVerify(token, keys.find, options);
    if (!TYPES.has(protectedHeader.typ?.toLowerCase())) throw new RefusedError('it is no access token');
    const claims = ClaimsSchema.parse(payload);
    refuseOddTimes(claims);
    return claims;
  }

  /** The issuer's user as one of ours; Postgres is asked at first sight, and when something else is told of it. */
  async function userOf({ sub: subject, email_verified: isVerified, ...claims }: Claims): Promise<string> {
    const email = isVerified === null ? null : claims.email;
    const told = JSON.stringify([email, claims.name]);
    const known = users.get(subject);
    if (known?.told === told) return known.userId;
    const userId = await accounts.putForeign({ issuer, subject, email, name: claims.name });
    users.set(subject, { userId, told });
    return userId;
  }

  async function read(token: string): Promise<AccessReading> {
    const key = digestOf(token);
    const remembered = readings.get(key);
    if (remembered !== undefined) return remembered;
    const withdrawalsBefore = withdrawals;
    let claims: Claims;
    try {
      claims = await verified(token);
    } catch (error) {
      return refusal(error, logger);
    }
    const userId = await userOf(claims);
    const expiresAt = new Date((claims.exp + LEEWAY_SECONDS) * 1000);
    const tokenId = idOf(issuer, claims, token);
    const reading: AccessReading = { ok: true, claims: { userId, role: 'user', tokenId, expiresAt } };
    // Its key may have been withdrawn meanwhile.
    if (withdrawals === withdrawalsBefore)
      readings.set(key, reading, { ttl: Math.max(1, expiresAt.getTime() - Date.now()) });
    return reading;
  }

  return {
    known: (token) => readings.get(digestOf(token)),
    mayBeOne: (token) => ALGORITHMS.includes(algorithmOf(token)),
    read,
    close: keys.close,
  };
}

/** Shorter than the token, and of all of it: nothing else may be found by it. */
const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** @throws RefusedError for a token from the future, or one that is made to live for ever */
function refuseOddTimes({ exp, iat }: Claims): void {
  const now = Date.now() / 1000;
  if (iat !== undefined && iat > now + LEEWAY_SECONDS) throw new RefusedError('it is of a later time');
  if (exp - (iat ?? now) > LONGEST_LIFE_SECONDS) throw new RefusedError('it lives too long');
}

/** @throws Problem UNAVAILABLE */
function refusal(error: unknown, logger: Logger): AccessReading {
  if (error instanceof IssuerAwayError) {
    throw new Problem(
      'UNAVAILABLE',
      'Who issued this access token cannot be asked at the moment. Try again.',
      {
        headers: { 'Retry-After': String(TIMES.issuerAskAgainMs / 1000) },
        cause: error,
      },
    );
  }
  logger.debug({ err: error }, 'an access token of another issuer was refused');
  return error instanceof errors.JWTExpired ? EXPIRED : INVALID;
}

/**
 * What a sign-out remembers of a token, in the form of the ids of our own: of its `jti`, else of what is signed. Not of the
 * signature: ES256 has two for each text.
 */
function idOf(issuer: string, { sub, jti }: Claims, token: string): string {
  const what = jti === undefined ? ['token', token.slice(0, token.lastIndexOf('.'))] : ['jti', sub, jti];
  const text = JSON.stringify([issuer, ...what]);
  const hex = createHash('sha256').update(text).digest('hex');
  // Version 8 of UUIDs: bits of one's own.
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? '';
  } catch {
    return ''; // No token at all.
  }
}

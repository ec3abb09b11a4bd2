import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { cachedTokenReader } from '../lib/token-cache';
import { TIMES } from '../lib/times';
import { PublicKeys, type PublishedKey, type QueueTokenKeys } from './token-keys';

const ALGORITHM = 'HS256';
const ISSUER = 'frontrow';
const AUDIENCE = 'frontrow-queue';

/** What a queue token says. It is the durable record of a place: Redis may lose everything else. */
export interface QueueClaims {
  userId: string;
  concertId: string;
  /** The place's sequence number: microseconds, 16 digits. */
  sequence: string;
  /** The room's epoch when the token was issued. */
  epoch: number;
  /** The position told with it; 0 when admitted. */
  position: number;
  /** Until when seats may be held (ms since 1970); null when issued to a waiter. */
  choosesUntilMs: number | null;
  /** When the token was issued (ms since 1970, whole seconds). */
  issuedAtMs: number;
  /** When the token itself ends (ms since 1970). */
  expiresAtMs: number;
}

export type TokenReading = { ok: true; claims: QueueClaims } | { ok: false; reason: 'INVALID' | 'EXPIRED' };

export interface QueueTokens {
  /** Signs a token that is valid for 24 hours. */
  issue(claims: Omit<QueueClaims, 'expiresAtMs' | 'issuedAtMs'>): string;
  /** Checks signature, issuer, audience, end and shape. Whose token it is remains the caller's check. */
  read(token: string): TokenReading;
  /** With what anybody can check those signed with ES256. */
  publishedKeys: readonly PublishedKey[];
}

const ClaimsSchema = z.object({
  sub: z.uuid(),
  concertId: z.string().regex(/^\d{1,19}$/),
  seq: z.string().regex(/^\d{1,16}$/),
  epoch: z.int().min(1),
  position: z.int().min(0),
  chooses: z.int().min(0).optional(),
  iat: z.int(),
  exp: z.int(),
});

/**
 * @param secret at least 32 bytes in production; the settings check it. null: HS256 tokens are not taken
 * @param keys when one of them signs, tokens are ES256, and those that the secret has signed are taken until they end
 */
export function createQueueTokens(
  secret: string | null,
  keys: QueueTokenKeys = { signing: null, accepted: [] },
): QueueTokens {
  // From a string, jsonwebtoken would make the key anew at every call, which takes far longer than the check.
  const key = secret === null ? null : createSecretKey(Buffer.from(secret));
  const publicKeys = new PublicKeys(keys);
  const signOptions = {
    issuer: ISSUER,
    audience: AUDIENCE,
    expiresIn: TIMES.queueTokenMs / 1000,
  } as const;
  const verifyOptions = { issuer: ISSUER, audience: AUDIENCE };
  const sign = signer(key, keys.signing, publicKeys);

  /** Each key with its one algorithm: a public key, which everybody has, never serves as a secret. */
  function verified(token: string): unknown {
    const publicKey = publicKeys.of(token);
    if (publicKey !== undefined)
      return jwt.verify(token, publicKey, { ...verifyOptions, algorithms: ['ES256'] });
    if (key === null) throw new jwt.JsonWebTokenError('no key of ours');
    return jwt.verify(token, key, { ...verifyOptions, algorithms: [ALGORITHM] });
  }

  function read(token: string): TokenReading {
    try {
      const claims = ClaimsSchema.safeParse(verified(token));
      return claims.success ? { ok: true, claims: fromJwt(claims.data) } : { ok: false, reason: 'INVALID' };
    } catch (error) {
      // For odd tokens (a body that is no JSON, a signature that is too short) jsonwebtoken throws errors of any kind.
      return { ok: false, reason: error instanceof jwt.TokenExpiredError ? 'EXPIRED' : 'INVALID' };
    }
  }

  return {
    issue({ userId, concertId, sequence, epoch, position, choosesUntilMs }) {
      const chooses = choosesUntilMs === null ? {} : { chooses: choosesUntilMs };
      return sign({ sub: userId, concertId, seq: sequence, epoch, position, ...chooses }, signOptions);
    },
    publishedKeys: publicKeys.published,
    read: cachedTokenReader(read, (claims) => claims.expiresAtMs),
  };
}

function signer(secretKey: KeyObject | null, signing: KeyObject | null, { published }: PublicKeys) {
  const keyid = published[0]?.kid;
  if (signing !== null && keyid !== undefined)
    return (payload: object, options: jwt.SignOptions): string =>
      jwt.sign(payload, signing, { ...options, algorithm: 'ES256', keyid });
  if (secretKey === null) throw new Error('queue tokens need a secret or a private key');
  return (payload: object, options: jwt.SignOptions): string =>
    jwt.sign(payload, secretKey, { ...options, algorithm: ALGORITHM });
}

function fromJwt(claims: z.infer<typeof ClaimsSchema>): QueueClaims {
  return {
    userId: claims.sub,
    concertId: claims.concertId,
    sequence: claims.seq,
    epoch: claims.epoch,
    position: claims.position,
    choosesUntilMs: claims.chooses ?? null,
    issuedAtMs: claims.iat * 1000,
    expiresAtMs: claims.exp * 1000,
  };
}

export function claimsAreOf(claims: QueueClaims, concertId: string, userId: string): boolean {
  return claims.concertId === concertId && claims.userId.toLowerCase() === userId.toLowerCase();
}

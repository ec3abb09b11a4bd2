import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { cachedTokenReader } from '../lib/token-cache';
import { TIMES } from '../lib/times';

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

/** @param secret at least 32 bytes in production; the settings check it */
export function createQueueTokens(secret: string): QueueTokens {
  // From a string, jsonwebtoken would make the key anew at every call, which takes far longer than the check.
  const key = createSecretKey(Buffer.from(secret));
  const verifyOptions = {
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    audience: AUDIENCE,
  } satisfies jwt.VerifyOptions;

  function read(token: string): TokenReading {
    try {
      const claims = ClaimsSchema.safeParse(jwt.verify(token, key, verifyOptions));
      return claims.success ? { ok: true, claims: fromJwt(claims.data) } : { ok: false, reason: 'INVALID' };
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) return { ok: false, reason: 'EXPIRED' };
      if (error instanceof jwt.JsonWebTokenError) return { ok: false, reason: 'INVALID' };
      throw error;
    }
  }

  return {
    issue({ userId, concertId, sequence, epoch, position, choosesUntilMs }) {
      const chooses = choosesUntilMs === null ? {} : { chooses: choosesUntilMs };
      const place = { sub: userId, concertId, seq: sequence, epoch, position, ...chooses };
      const iat = Math.floor(Date.now() / 1000);
      const exp = iat + TIMES.queueTokenMs / 1000;
      return sign({ ...place, iat, exp, aud: AUDIENCE, iss: ISSUER }, key);
    },
    read: cachedTokenReader(read, (claims) => claims.expiresAtMs),
  };
}

const HEADER = Buffer.from(JSON.stringify({ alg: ALGORITHM, typ: 'JWT' })).toString('base64url');

/** A JWT as jsonwebtoken would sign it. Every poll gets one, and what the library looks at besides costs more than signing. */
function sign(claims: object, key: KeyObject): string {
  const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
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

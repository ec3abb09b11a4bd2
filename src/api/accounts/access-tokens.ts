import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { ALGORITHM, isOver, readSigned } from '../../lib/signed-token';
import { cachedTokenReader } from '../../lib/token-cache';

const ISSUER = 'frontrow';
const AUDIENCE = 'frontrow-api';
const TYPE = 'access';

export interface AccessClaims {
  userId: string;
  role: 'user' | 'operator';
  tokenId: string;
  expiresAt: Date;
}

export type AccessReading = { ok: true; claims: AccessClaims } | { ok: false; reason: 'INVALID' | 'EXPIRED' };

export interface AccessTokens {
  readonly ttlSeconds: number;
  issue(userId: string, role: AccessClaims['role']): string;
  read(token: string): AccessReading;
}

const ClaimsSchema = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(AUDIENCE),
  sub: z.uuid(),
  jti: z.uuid(),
  exp: z.int(),
  typ: z.literal(TYPE),
  role: z.enum(['user', 'operator']),
});

/** Access tokens: who the user is. One algorithm, issuer, audience and type, so that no other token passes for one. */
export function createAccessTokens(secret: string, ttlSeconds: number): AccessTokens {
  const secretBytes = Buffer.from(secret);
  // From anything else jsonwebtoken would make the key anew for every token, which takes far longer than signing.
  const key = createSecretKey(secretBytes);

  function read(token: string): AccessReading {
    const claims = ClaimsSchema.safeParse(readSigned(token, secretBytes));
    if (!claims.success) return { ok: false, reason: 'INVALID' };
    const { sub, jti, exp, role } = claims.data;
    if (isOver(exp)) return { ok: false, reason: 'EXPIRED' };
    return { ok: true, claims: { userId: sub, role, tokenId: jti, expiresAt: new Date(exp * 1000) } };
  }

  return {
    ttlSeconds,
    issue: (userId, role) =>
      jwt.sign({ typ: TYPE, role }, key, {
        algorithm: ALGORITHM,
        issuer: ISSUER,
        audience: AUDIENCE,
        subject: userId,
        jwtid: uuidv7(),
        expiresIn: ttlSeconds,
      }),
    read: cachedTokenReader(read, (claims) => claims.expiresAt.getTime()),
  };
}

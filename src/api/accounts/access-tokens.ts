import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
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
  sub: z.uuid(),
  jti: z.uuid(),
  exp: z.int(),
  typ: z.literal(TYPE),
  role: z.enum(['user', 'operator']),
});

/** Access tokens: who the user is. One algorithm, issuer, audience and type, so that no other token passes for one. */
export function createAccessTokens(secret: string, ttlSeconds: number): AccessTokens {
  // From a string, jsonwebtoken would make the key anew at every call, which takes far longer than the check.
  const key = createSecretKey(Buffer.from(secret));
  const options = { algorithms: ['HS256' as const], issuer: ISSUER, audience: AUDIENCE };

  function read(token: string): AccessReading {
    try {
      const { sub, jti, exp, role } = ClaimsSchema.parse(jwt.verify(token, key, options));
      return { ok: true, claims: { userId: sub, role, tokenId: jti, expiresAt: new Date(exp * 1000) } };
    } catch (error) {
      return { ok: false, reason: error instanceof jwt.TokenExpiredError ? 'EXPIRED' : 'INVALID' };
    }
  }

  return {
    ttlSeconds,
    issue: (userId, role) =>
      jwt.sign({ typ: TYPE, role }, key, {
        algorithm: 'HS256',
        issuer: ISSUER,
        audience: AUDIENCE,
        subject: userId,
        jwtid: uuidv7(),
        expiresIn: ttlSeconds,
      }),
    read: cachedTokenReader(read, (claims) => claims.expiresAt.getTime()),
  };
}

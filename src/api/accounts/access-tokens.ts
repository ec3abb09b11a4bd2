import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { uuidv7 } from 'uuidv7';
import { isUuid } from '../../lib/ids';
import { ALGORITHM, type Claims, isWhole, readSigned } from '../../lib/signed-token';
import { cachedTokenReader } from '../../lib/token-cache';
import { type Role, ROLES } from '../../models/roles';

const ISSUER = 'frontrow';
const AUDIENCE = 'frontrow-api';
const TYPE = 'access';

export interface AccessClaims {
  userId: string;
  /** As the token has it, which may be an hour old; of who passed as staff, as it is now. */
  role: Role;
  tokenId: string;
  expiresAt: Date;
}

export type AccessReading = { ok: true; claims: AccessClaims } | { ok: false; reason: 'INVALID' | 'EXPIRED' };

export interface AccessTokens {
  readonly ttlSeconds: number;
  issue(userId: string, role: AccessClaims['role']): string;
  read(token: string): AccessReading;
}

/** Access tokens: who the user is. One algorithm, issuer, audience and type, so that no other token passes for one. */
export function createAccessTokens(secret: string, ttlSeconds: number): AccessTokens {
  const secretBytes = Buffer.from(secret);
  // From anything else jsonwebtoken would make the key anew for every token, which takes far longer than signing.
  const key = createSecretKey(secretBytes);

  function read(token: string): AccessReading {
    const claims = claimsOf(readSigned(token, secretBytes));
    if (claims === null) return { ok: false, reason: 'INVALID' };
    if (claims.expiresAt.getTime() <= Date.now()) return { ok: false, reason: 'EXPIRED' };
    return { ok: true, claims };
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

/** null: it says something else. By hand, as every fan's first request comes through here. */
function claimsOf(said: Claims | undefined): AccessClaims | null {
  if (said?.['iss'] !== ISSUER || said['aud'] !== AUDIENCE || said['typ'] !== TYPE) return null;
  const { sub, jti, exp, role } = said;
  if (!isUuid(sub) || !isUuid(jti) || !isWhole(exp)) return null;
  const known = ROLES.find((each) => each === role);
  if (known === undefined) return null;
  return { userId: sub, role: known, tokenId: jti, expiresAt: new Date(exp * 1000) };
}

import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { isUuid } from '../lib/ids';
import { isClaims, isWhole, readSigned, sign } from '../lib/signed-token';
import { cachedTokenReader } from '../lib/token-cache';
import { TIMES } from '../lib/times';
import { PublicKeys, type PublishedKey, type QueueTokenKeys } from './token-keys';

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

/**
 * @param secret at least 32 bytes in production; the settings check it. null: HS256 tokens are not taken
 * @param keys when one of them signs, tokens are ES256, and those that the secret has signed are taken until they end
 */
export function createQueueTokens(
  secret: string | null,
  keys: QueueTokenKeys = { signing: null, accepted: [] },
): QueueTokens {
  const secretBytes = secret === null ? null : Buffer.from(secret);
  const publicKeys = new PublicKeys(keys);
  const signed = signer(secretBytes, keys.signing, publicKeys);

  /** Each key with its one algorithm: a public key, which everybody has, never serves as a secret. */
  function payloadOf(token: string): unknown {
    return (secretBytes && readSigned(token, secretBytes)) ?? publicKeys.read(token);
  }

  function read(token: string): TokenReading {
    const claims = claimsOf(payloadOf(token));
    if (claims === null) return { ok: false, reason: 'INVALID' };
    if (claims.expiresAtMs <= Date.now()) return { ok: false, reason: 'EXPIRED' };
    return { ok: true, claims };
  }

  return {
    issue({ userId, concertId, sequence, epoch, position, choosesUntilMs }) {
      const iat = Math.floor(Date.now() / 1000);
      return signed({
        sub: userId,
        concertId,
        seq: sequence,
        epoch,
        position,
        chooses: choosesUntilMs ?? undefined, // JSON leaves it out.
        iat,
        exp: iat + TIMES.queueTokenMs / 1000,
        aud: AUDIENCE,
        iss: ISSUER,
      });
    },
    publishedKeys: publicKeys.published,
    read: cachedTokenReader(read, (claims) => claims.expiresAtMs),
  };
}

function signer(secret: Buffer | null, signing: KeyObject | null, { published }: PublicKeys) {
  const keyid = published[0]?.kid;
  if (signing !== null && keyid !== undefined)
    return (claims: object): string => jwt.sign(claims, signing, { algorithm: 'ES256', keyid });
  if (secret === null) throw new Error('queue tokens need a secret or a private key');
  return (claims: object): string => sign(claims, secret);
}

/** null: it says something else. By hand, as every hold of a crowd comes through here. */
function claimsOf(said: unknown): QueueClaims | null {
  if (!isClaims(said) || said['iss'] !== ISSUER || said['aud'] !== AUDIENCE) return null;
  const { sub, concertId, seq, epoch, position, chooses = null, iat, exp } = said;
  if (!isUuid(sub) || !isDigits(concertId, 19) || !isDigits(seq, 16)) return null;
  if (!isCount(epoch) || epoch === 0 || !isCount(position) || !isWhole(iat) || !isWhole(exp)) return null;
  if (chooses !== null && !isCount(chooses)) return null;
  return {
    userId: sub,
    concertId,
    sequence: seq,
    epoch,
    position,
    choosesUntilMs: chooses,
    issuedAtMs: iat * 1000,
    expiresAtMs: exp * 1000,
  };
}

const isCount = (value: unknown): value is number => isWhole(value) && value >= 0;

const isDigits = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most && /^\d+$/.test(value);

export function claimsAreOf(claims: QueueClaims, concertId: string, userId: string): boolean {
  return claims.concertId === concertId && claims.userId.toLowerCase() === userId.toLowerCase();
}

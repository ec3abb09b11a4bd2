import type { ReadableStream } from 'node:stream/web';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { repeat } from '../../lib/repeat';
import { TIMES } from '../../lib/times';

/** Public keys of another issuer. */
export interface IssuerKeys {
  /**
   * The key that a token's header names, looked for anew when it is not known.
   * @throws IssuerAwayError when it is not known and the issuer could not be asked
   */
  find: JWTVerifyGetKey;
  close(): Promise<void>;
}

export interface IssuerKeysParts {
  url: string;
  /** A key that was known is none any more. */
  onWithdrawn: () => void;
  logger: Logger;
}

/** The issuer may well have the key, but cannot be asked for it now. */
export class IssuerAwayError extends Error {
  override readonly name = 'IssuerAwayError';
}

// A set has a few keys of at most some kilobytes each. One that does not end must not fill the process.
const LARGEST_SET_BYTES = 262_144;
// A key that is none, or of a kind that nobody knows yet, spoils no others (RFC 7517).
const Key = z.looseObject({ kty: z.string() });
const KeySet = z.object({
  keys: z.array(Key.nullable().catch(null)).transform((keys) => keys.filter((key) => key !== null)),
});

/**
 * Keys that are known go on working for as long as the issuer is away: fans in the middle of a sale have nothing to do with
 * that. A token whose key is not known makes us ask, once for all of them and then not again for a while, or anybody could
 * have us flood the issuer with made-up keys' names.
 */
export function createIssuerKeys({ url, onWithdrawn, logger }: IssuerKeysParts): IssuerKeys {
  let known: { keys: ReadonlySet<string>; find: JWTVerifyGetKey } | null = null;
  let isAway = false;
  let nextAskMs = 0;
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    try {
      const set: JSONWebKeySet = KeySet.parse(JSON.parse(await fetchSet(url)));
      const keys = new Set(set.keys.map((key) => JSON.stringify(key)));
      const isWithdrawn = [...(known?.keys ?? [])].some((key) => !keys.has(key));
      known = { keys, find: createLocalJWKSet(set) };
      if (isWithdrawn) onWithdrawn();
      isAway = false;
    } catch (error) {
      isAway = true;
      logger.warn({ err: error, url }, 'the issuer’s keys cannot be had: those known go on working');
    }
    nextAskMs = performance.now() + TIMES.issuerAskAgainMs;
    asking = null;
  }

  const askOnce = async (): Promise<void> => (asking ??= ask());
  const stopAsking = repeat(TIMES.issuerKeysEveryMs, askOnce, (error) =>
    logger.error({ err: error }, 'the issuer’s keys are not looked at'),
  );

  const find: JWTVerifyGetKey = async (header, token) => {
    const mayAsk = asking !== null || performance.now() >= nextAskMs;
    try {
      if (known !== null) return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(mayAsk || isAway)) throw error;
    }
    if (mayAsk) await askOnce();
    if (isAway || known === null) throw new IssuerAwayError(`the keys at ${url} cannot be had`);
    return known.find(header, token);
  };
  return { find, close: stopAsking };
}

/** @throws Error unless it is there in time, of a reasonable size, and where the setting says: nobody shall lead us elsewhere */
async function fetchSet(url: string): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMES.issuerPatienceMs),
    headers: { accept: 'application/json' },
  });
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (response.status !== 200 || body === null) {
    await body?.cancel();
    throw new Error(`the issuer answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_SET_BYTES)
      throw new Error(`the issuer’s keys are larger than ${LARGEST_SET_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

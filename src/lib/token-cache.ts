import { LRUCache } from 'lru-cache';

/** What reading a token came to: when it is right, until when it may be remembered. */
type Reading = { ok: true; claims: unknown } | { ok: false; reason: unknown };

// A fan sends the same token with every request. Bounded, so that a crowd does not fill the process.
const REMEMBERED_TOKENS = 20_000;

/**
 * Reads each token once, as checking a signature is dear. Only right ones are remembered (a flood of wrong ones would push
 * them out), and none past its own end.
 * @param endsAtMs the token's end, in milliseconds since 1970
 */
export function cachedTokenReader<R extends Reading>(
  read: (token: string) => R,
  endsAtMs: (claims: Extract<R, { ok: true }>['claims']) => number,
): (token: string) => R {
  const readings = new LRUCache<string, { reading: R; endsAtMs: number }>({ max: REMEMBERED_TOKENS });
  return (token) => {
    const known = readings.get(token);
    if (known !== undefined && known.endsAtMs > Date.now()) return known.reading;
    const reading = read(token);
    if (reading.ok) readings.set(token, { reading, endsAtMs: endsAtMs(reading.claims) });
    return reading;
  };
}

import type { RedisClient } from '../../lib/redis';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/** So many requests a minute for each key, counted in Redis over all processes; in this one alone while Redis is away. */
export interface Shares {
  /** How long this process knows the key's share to be used up, in milliseconds; 0: ask. */
  knownWaitMs(key: string): number;
  /** Spends a request that this process has taken already. @returns false when there is none: ask */
  spend(key: string): boolean;
  /** Takes a request of the key's share. @returns how long to wait for the next one, in milliseconds; 0: taken */
  ask(key: string): Promise<number>;
}

// Users and addresses remembered at a time, per process. For one that is forgotten Redis is asked again.
const KEYS_KNOWN = 50_000;

/**
 * @param perMinute each key's share
 * @param atOnce how many to take from Redis at a time and then spend without asking; more than 1 is for wide shares that
 *   need not be exact, since what a process has not spent is lost with the minute
 */
export function createShares(redis: RedisClient, perMinute: number, atOnce = 1): Shares {
  const share = { points: perMinute, duration: 60 };
  const limiter = new RateLimiterRedis({
    ...share,
    storeClient: redis,
    keyPrefix: 'frontrow:rate',
    insuranceLimiter: new RateLimiterMemory(share),
  });
  const taken = new LRUCache<string, { left: number }>({ max: KEYS_KNOWN });
  // Who is over the limit is turned away without asking Redis again.
  const usedUp = new LRUCache<string, true>({ max: KEYS_KNOWN });

  function keep(key: string, ttlMs: number): void {
    const known = taken.get(key);
    if (known === undefined) taken.set(key, { left: atOnce - 1 }, { ttl: Math.max(1, ttlMs) });
    else known.left += atOnce - 1; // Another request has asked at the same time.
  }

  return {
    knownWaitMs: (key) => (usedUp.size === 0 ? 0 : Math.max(0, usedUp.getRemainingTTL(key))),
    spend: (key) => {
      const known = taken.get(key);
      if (known === undefined || known.left === 0) return false;
      known.left -= 1;
      return true;
    },
    ask: async (key) => {
      try {
        const { msBeforeNext } = await limiter.consume(key, atOnce);
        if (atOnce > 1) keep(key, msBeforeNext);
        return 0;
      } catch (rejection) {
        if (!(rejection instanceof RateLimiterRes)) throw rejection;
        const waitMs = Math.max(1, rejection.msBeforeNext);
        usedUp.set(key, true, { ttl: waitMs });
        return waitMs;
      }
    },
  };
}

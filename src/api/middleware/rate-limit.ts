import type { RedisClient } from '../../lib/redis';
import type { Middleware } from 'koa';
import { Problem } from '../../lib/problems';
import type { Context, RequestState } from '../endpoint';
import { createShares } from './shares';

export interface RateLimitParts {
  redis: RedisClient;
  /** Requests a minute of one user, and of one address as long as nobody is signed in. */
  perMinute: number;
  /** How many times that all signed-in users behind one address may make together. */
  addressFactor: number;
  /** Who is signed in, for this request's count; null: it counts as anybody's. */
  userOf: (ctx: Context) => string | null;
  addressOf: (ctx: Context) => string;
}

// A wide share is taken from Redis in this many steps, not request by request: most of a crowd's then need not ask Redis.
const STEPS = 500;

/**
 * Signed in, a request counts for its user and, with a bound some times as wide, for its address: a thousand fans behind
 * one address do not use up each other's share, and one address with a thousand accounts is bounded all the same. Anybody
 * else's counts for the address.
 * @returns a middleware that throws Problem RATE_LIMITED
 */
export function rateLimit(parts: RateLimitParts): Middleware<RequestState> {
  const { redis, perMinute, addressFactor, userOf, addressOf } = parts;
  const own = createShares(redis, perMinute);
  const perCrowd = perMinute * addressFactor;
  const crowd = createShares(redis, perCrowd, Math.max(1, Math.floor(perCrowd / STEPS)));

  async function waitMsOf(ctx: Context): Promise<number> {
    const userId = userOf(ctx);
    const address = addressOf(ctx);
    const key = userId === null ? `address:${address}` : `user:${userId}`;
    // Who is refused takes nothing: one user who goes on and on would use up the crowd's share, a full crowd the user's.
    const knownMs = own.knownWaitMs(key);
    if (knownMs > 0) return knownMs;
    const crowdKey = `crowd:${address}`;
    if (userId === null || crowd.spend(crowdKey)) return own.ask(key);
    const knownOfCrowdMs = crowd.knownWaitMs(crowdKey);
    if (knownOfCrowdMs > 0) return knownOfCrowdMs;
    // Asked in one turn, so that the two leave for Redis in one write.
    const waits = await Promise.all([own.ask(key), crowd.ask(crowdKey)]);
    return Math.max(...waits);
  }

  return async (ctx, next) => {
    const waitMs = await waitMsOf(ctx);
    if (waitMs > 0) throw tooMany(waitMs);
    await next();
  };
}

function tooMany(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  return new Problem('RATE_LIMITED', `Too many requests in this minute. Try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

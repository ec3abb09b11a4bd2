import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Middleware } from 'koa';
import { Problem } from '../../lib/problems';
import type { Context, RequestState } from '../endpoint';

/**
 * So many requests a minute per signed-in user, or per address for everybody else: a thousand fans behind one
 * address do not use up each other's share. Counted in Redis over all processes; in this process alone while Redis
 * is away. 0 turns it off.
 */
export function rateLimit(
  redis: Redis,
  perMinute: number,
  userOf: (ctx: Context) => string | null,
): Middleware<RequestState> {
  if (perMinute === 0) {
    return async (_ctx, next) => {
      await next();
    };
  }
  const share = { points: perMinute, duration: 60 };
  const limiter = new RateLimiterRedis({
    ...share,
    storeClient: redis,
    keyPrefix: 'frontrow:rate',
    insuranceLimiter: new RateLimiterMemory(share),
    // Who is over the limit is turned away without asking Redis again.
    inMemoryBlockOnConsumed: perMinute + 1,
  });
  return async (ctx, next) => {
    const userId = userOf(ctx);
    try {
      await limiter.consume(userId === null ? `address:${ctx.ip}` : `user:${userId}`);
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      const seconds = Math.max(1, Math.ceil(rejection.msBeforeNext / 1000));
      throw new Problem(
        'RATE_LIMITED',
        `At most ${perMinute} requests a minute. Try again in ${seconds} s.`,
        {
          headers: { 'Retry-After': String(seconds) },
        },
      );
    }
    await next();
  };
}

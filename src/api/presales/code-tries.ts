import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../../lib/problems';
import type { RedisClient } from '../../lib/redis';

/** Of wrong codes, for each user and for each address. */
export const WRONG_CODES_PER_MINUTE = 10;

export interface CodeTries {
  /**
   * Tries a code, and counts the try unless it was right. One that would be too many is not made at all, whatever the code: else the answer
   * would tell.
   * @throws Problem RATE_LIMITED
   */
  made<Outcome>(
    by: { userId: string; address: string },
    attempt: () => Promise<Outcome>,
    isWrong: (outcome: Outcome) => boolean,
  ): Promise<Outcome>;
}

/** Counts over all processes, in Redis. */
export function createCodeTries(redis: RedisClient): CodeTries {
  const share = { points: WRONG_CODES_PER_MINUTE, duration: 60 };
  const limiter = new RateLimiterRedis({
    ...share,
    storeClient: redis,
    keyPrefix: 'frontrow:codes',
    insuranceLimiter: new RateLimiterMemory(share),
  });
  const queues = new Map<string, Promise<unknown>>();

  /** @returns how long to wait, in milliseconds; 0: taken */
  async function take(key: string): Promise<number> {
    try {
      await limiter.consume(key);
      return 0;
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      // Not made, so not counted.
      await limiter.reward(key);
      return Math.max(1, rejection.msBeforeNext);
    }
  }

  async function counted<Outcome>(
    keys: readonly string[],
    attempt: () => Promise<Outcome>,
    isWrong: (outcome: Outcome) => boolean,
  ): Promise<Outcome> {
    // Before it is made: of many at the same time no more than the share may be.
    const taken: string[] = [];
    const giveBack = async () => Promise.all(taken.map(async (key) => limiter.reward(key)));
    for (const key of keys) {
      const waitMs = await take(key);
      if (waitMs > 0) {
        await giveBack();
        throw tooMany(waitMs);
      }
      taken.push(key);
    }
    let wrong = false;
    try {
      const outcome = await attempt();
      wrong = isWrong(outcome);
      return outcome;
    } finally {
      if (!wrong) await giveBack();
    }
  }

  return {
    // One after the other for each address: many fans with right codes behind one address must not look like many tries.
    made: async ({ userId, address }, attempt, isWrong) => {
      const before = queues.get(address) ?? Promise.resolve();
      const turn = before
        .catch(() => undefined)
        .then(async () => counted([`user:${userId}`, `address:${address}`], attempt, isWrong));
      queues.set(address, turn);
      try {
        return await turn;
      } finally {
        if (queues.get(address) === turn) queues.delete(address);
      }
    },
  };
}

function tooMany(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  return new Problem('RATE_LIMITED', `Too many wrong codes in this minute. Try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

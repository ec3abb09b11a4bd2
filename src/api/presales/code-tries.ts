import fastq, { type queueAsPromised } from 'fastq';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../../lib/problems';
import type { RedisClient } from '../../lib/redis';
import { TIMES } from '../../lib/times';

/** Of wrong codes, for each user. */
export const WRONG_CODES_PER_MINUTE = 10;

/** At a door a whole crowd with another show's tickets may be one user's, and must not keep the others out. */
export const AT_THE_DOOR = { kind: 'door', perMinute: 120 };
const OF_PRESALES = { kind: 'codes', perMinute: WRONG_CODES_PER_MINUTE };

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

/** Of one address, in one process. */
const TRIES_AT_ONCE = 4;

interface Share {
  limiter: RateLimiterRedis;
  key: string;
}

/**
 * Counts over all processes, in Redis.
 * @param addressFactor how many times what one user may get wrong all behind one address may together
 */
export function createCodeTries(
  redis: RedisClient,
  addressFactor: number,
  { kind, perMinute } = OF_PRESALES,
): CodeTries {
  const ofUsers = createLimiter(redis, `${kind}:user`, perMinute);
  const ofAddresses = createLimiter(redis, `${kind}:address`, perMinute * addressFactor);
  const queues = new Map<string, queueAsPromised<() => Promise<void>>>();

  /** @returns how long to wait, in milliseconds; 0: taken */
  async function take({ limiter, key }: Share): Promise<number> {
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
    shares: readonly Share[],
    attempt: () => Promise<Outcome>,
    isWrong: (outcome: Outcome) => boolean,
  ): Promise<Outcome> {
    // Before it is made: of many at the same time no more than the share may be.
    const taken: Share[] = [];
    const giveBack = async () => Promise.all(taken.map(async ({ limiter, key }) => limiter.reward(key)));
    for (const share of shares) {
      const waitMs = await take(share);
      if (waitMs > 0) {
        await giveBack();
        throw tooMany(waitMs);
      }
      taken.push(share);
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

  /** Does it when its turn comes. @throws Problem UNAVAILABLE when its request is over by then */
  async function inTurn<T>(address: string, work: () => Promise<T>): Promise<T> {
    const queue =
      queues.get(address) ?? fastq.promise(async (turn: () => Promise<void>) => turn(), TRIES_AT_ONCE);
    queues.set(address, queue);
    const cameAtMs = performance.now();
    const turn = async (): Promise<T> => {
      if (performance.now() > cameAtMs + TIMES.requestDeadlineMs) throw tooLate();
      return work();
    };
    try {
      return await new Promise<T>((resolve, reject) => {
        queue.push(async () => turn().then(resolve, reject)).catch(reject);
      });
    } finally {
      if (queue.idle() && queues.get(address) === queue) queues.delete(address);
    }
  }

  return {
    // A few at a time of each address: many fans with right codes behind one must not look like many tries.
    made: async ({ userId, address }, attempt, isWrong) => {
      const shares = [
        { limiter: ofUsers, key: userId },
        { limiter: ofAddresses, key: address },
      ];
      return inTurn(address, async () => counted(shares, attempt, isWrong));
    },
  };
}

function createLimiter(redis: RedisClient, whose: string, points: number): RateLimiterRedis {
  const share = { points, duration: 60 };
  return new RateLimiterRedis({
    ...share,
    storeClient: redis,
    keyPrefix: `frontrow:${whose}`,
    insuranceLimiter: new RateLimiterMemory(share),
  });
}

const tooLate = (): Problem => new Problem('UNAVAILABLE', 'This takes too long at the moment. Try again.');

function tooMany(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  return new Problem('RATE_LIMITED', `Too many wrong codes in this minute. Try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

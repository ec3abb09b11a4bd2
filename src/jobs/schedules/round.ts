// Lives in the worker process.
import type { RedisClient } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { BELL_LIST } from '../queues/bell';

/** A schedule that was rung for. `rungAt` tells this ring from the next. */
export interface Rung {
  scheduleId: string;
  rungAt: string;
}

/** A rung schedule whose queue was found empty; `nextDueMs`: but for what is due then. */
export interface Settled extends Rung {
  nextDueMs: number | null;
}

/** What a worker does at Redis again and again: says that it is alive, and hears who else is and what there is to do. */
export interface Round {
  look(): Promise<{ workerIds: string[]; rung: Rung[] }>;
  /**
   * Strikes schedules off the list, or puts them back for later.
   * @returns those that were not rung again meanwhile
   */
  strikeOff(settled: readonly Settled[]): Promise<string[]>;
  /** This worker ends: the others need not wait for its silence. */
  leave(): Promise<void>;
}

const WORKERS = 'frontrow:{bell}:workers';
const NOW = `local time = redis.call('TIME'); local now = time[1] * 1000000 + time[2]`;
// KEYS: workers, list. ARGV: own id, after how many µs of silence a worker counts as dead.
const LOOK = scriptOf(`
  ${NOW}
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - ARGV[2]))
  -- Of a Redis whose clock was ahead.
  redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + ARGV[2]), '+inf')
  return {
    redis.call('ZRANGE', KEYS[1], 0, -1),
    redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'WITHSCORES'),
  }
`);
// KEYS: list. ARGV: for each schedule its id, its ring as it was seen, and the next (µs), or nothing.
const STRIKE_OFF = scriptOf(`
  local settled = {}
  for i = 1, #ARGV, 3 do
    if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then
      if ARGV[i + 2] == '' then redis.call('ZREM', KEYS[1], ARGV[i])
      else redis.call('ZADD', KEYS[1], ARGV[i + 2], ARGV[i]) end
      settled[#settled + 1] = ARGV[i]
    end
  end
  return settled
`);

/** @param silentMs after how long without a look a worker counts as dead */
export function createRound(redis: RedisClient, workerId: string, silentMs: number): Round {
  return {
    look: async () => {
      const [workerIds, flat] = asLists(
        await runScript(redis, LOOK, [WORKERS, BELL_LIST], [workerId, silentMs * 1000]),
      );
      const rung = Array.from({ length: (flat?.length ?? 0) / 2 }, (_entry, i) => ({
        scheduleId: flat?.[2 * i] ?? '',
        rungAt: flat?.[2 * i + 1] ?? '',
      }));
      return { workerIds: workerIds ?? [], rung };
    },
    strikeOff: async (settled) => {
      if (settled.length === 0) return [];
      const args = settled.flatMap(({ scheduleId, rungAt, nextDueMs }) => [
        scheduleId,
        rungAt,
        nextDueMs === null ? '' : String(Math.ceil(nextDueMs * 1000)),
      ]);
      return asLists([await runScript(redis, STRIKE_OFF, [BELL_LIST], args)])[0] ?? [];
    },
    leave: async () => {
      await redis.zrem(WORKERS, workerId);
    },
  };
}

const asLists = (reply: unknown): string[][] =>
  Array.isArray(reply) ? reply.map((list) => (Array.isArray(list) ? list.map(String) : [])) : [];

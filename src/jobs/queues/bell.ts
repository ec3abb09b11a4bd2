// Lives in web and worker processes.
import type { RedisClient } from '../../lib/redis';
import { nextTick, oneCommandPerTurn } from '../../lib/one-command-per-turn';
import { runScript, scriptOf } from '../../lib/redis-script';

/**
 * Tells workers that a schedule's queue has work, so that they need not ask each queue. Two things are told: a message, heard
 * at once, and an entry in a list that is looked through often: it stays until the queue was found empty, so a message may
 * be lost.
 */
export interface Bell {
  /** There is work for this schedule now. To be rung once the job is in its queue: whoever hears it looks at once. */
  ring(scheduleId: string): Promise<void>;
  /** There will be, at this moment (milliseconds since 1970). */
  ringAt(scheduleId: string, atMs: number): Promise<void>;
  /** Schedules with work now, those rung last first. */
  rungLately(limit: number): Promise<string[]>;
}

/** Schedules with work, by the moment (µs) at which they were rung last, or are to be looked at. */
export const BELL_LIST = 'frontrow:{bell}:due';
export const BELL_CHANNEL = 'frontrow:{bell}:rung';
/** Between the ids in a message. */
export const BELL_SEPARATOR = ' ';

// The moment tells rings apart: whoever strikes a schedule off the list does so only if it was not rung again meanwhile.
const RING = scriptOf(`
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000000 + time[2])
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
  redis.call(PUBLISH, ARGV[1], table.concat(ARGV, '${BELL_SEPARATOR}', 2))
`);

/** Rings of one turn of the event loop share a command. */
export function createBell(redis: RedisClient): Bell {
  const ringOn = oneCommandPerTurn(
    async (channel: string, scheduleIds: readonly string[]) => {
      await runScript(redis, RING, [BELL_LIST], [channel, ...new Set(scheduleIds)]);
      return scheduleIds.map(() => undefined);
    },
    { sendOn: nextTick },
  );
  return {
    ring: async (scheduleId) => ringOn(BELL_CHANNEL, scheduleId),
    ringAt: async (scheduleId, atMs) => {
      // LT: what is due earlier stays.
      await redis.zadd(BELL_LIST, 'LT', String(Math.ceil(atMs * 1000)), scheduleId);
    },
    rungLately: async (limit) =>
      redis.zrange(BELL_LIST, Date.now() * 1000, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, limit),
  };
}

// Lives in the worker process.
import type { RedisClient } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { queuePrefix, scheduleQueueName } from '../queues/names';

// KEYS: the waiting jobs. ARGV: what stands before a job's id in its key, on the same node.
const OLDEST = scriptOf(`
  local oldest = redis.call('LINDEX', KEYS[1], -1)
  return oldest and redis.call('HGET', ARGV[1] .. oldest, 'timestamp') or ''
`);
// So many are enough to see whether workers keep up; looking at every schedule would cost more than it tells.
const LOOKED_AT = 50;

/** How long the oldest batch has been waiting, in seconds, in a part of these schedules' queues. Workers are scaled by it. */
export async function oldestBatchAgeSeconds(
  redis: RedisClient,
  scheduleIds: readonly string[],
): Promise<number> {
  const step = Math.max(1, Math.floor(scheduleIds.length / LOOKED_AT));
  const some = scheduleIds.filter((_id, index) => index % step === 0);
  const moments = await Promise.all(
    some.map(async (scheduleId) => {
      const name = scheduleQueueName(scheduleId);
      const prefix = `${queuePrefix(name)}:${name}:`;
      return Number(await runScript(redis, OLDEST, [`${prefix}wait`], [prefix]));
    }),
  );
  const waiting = moments.filter((addedAtMs) => addedAtMs > 0);
  return waiting.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...waiting)) / 1000;
}

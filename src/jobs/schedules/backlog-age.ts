// Lives in the worker process.
import type { RedisClient } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { scheduleJobsPrefix } from '../queues/names';

// KEYS: the waiting jobs. ARGV: what stands before a job's id in its key, on the same node. A release was made when its hold
// was: only batches wait from then on. Beyond the first few jobs the age is hardly another.
const OLDEST = scriptOf(`
  for _, id in ipairs(redis.call('LRANGE', KEYS[1], -5, -1)) do
    local job = redis.call('HMGET', ARGV[1] .. id, 'name', 'timestamp')
    if job[1] == 'commands' then return job[2] end
  end
  return ''
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
      const prefix = scheduleJobsPrefix(scheduleId);
      return Number(await runScript(redis, OLDEST, [`${prefix}wait`], [prefix]));
    }),
  );
  const waiting = moments.filter((addedAtMs) => addedAtMs > 0);
  return waiting.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...waiting)) / 1000;
}

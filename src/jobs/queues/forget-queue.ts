// Lives in the worker process.
import { QueueKeys } from 'bullmq';
import type { RedisClient } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { queuePrefix } from './names';

/**
 * Whatever happens to a job is told in the queue's stream of events. After so long without any, all that lies in the queue
 * is debris: commands that were recorded have ended, and nobody waits for others any more.
 */
const QUIET_MS = 3_600_000;
// Jobs of each state that one call of the script removes: Redis does nothing else meanwhile. Hardly a queue has as many.
export const JOBS_PER_STEP = 1000;
const STAYS = 0;
const GONE = 1;

/**
 * BullMQ's own way (pause, then obliterate) leaves the queue paused when its process dies in between, fails beside its copy,
 * and takes a job along that comes in between. This is one act.
 *   KEYS[1] events   KEYS[2…] all others but those of jobs
 *   ARGV[1] how long nothing may have happened (ms)   ARGV[2] what the keys of jobs begin with   ARGV[3] most jobs of a state
 *   Returns 0 when something has happened since, 1 when all is gone, 2 when there is more
 */
const FORGET = scriptOf(`
  local clock = redis.call('TIME')
  local latest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  if latest and tonumber(string.match(latest[1], '^%d+')) > clock[1] * 1000 - tonumber(ARGV[1]) then return ${STAYS} end
  local more = false
  for i = 2, #KEYS do
    local kind, jobs = redis.call('TYPE', KEYS[i]).ok, {}
    if kind == 'list' then
      jobs = redis.call('LRANGE', KEYS[i], 0, ARGV[3] - 1)
      redis.call('LTRIM', KEYS[i], ARGV[3], -1)
    elseif kind == 'zset' then
      jobs = redis.call('ZRANGE', KEYS[i], 0, ARGV[3] - 1)
      redis.call('ZREMRANGEBYRANK', KEYS[i], 0, ARGV[3] - 1)
    end
    -- Locks of jobs end by themselves.
    for _, id in ipairs(jobs) do redis.call('UNLINK', ARGV[2] .. id) end
    more = more or #jobs == tonumber(ARGV[3])
  end
  if more then return 2 end
  redis.call('UNLINK', unpack(KEYS))
  return ${GONE}
`);

/** Removes a queue with all that is in it. @returns false when it was used lately: it stays */
export async function forgetQueue(redis: RedisClient, queueName: string): Promise<boolean> {
  const queueKeys = new QueueKeys(queuePrefix(queueName));
  const { events = '', ...others } = queueKeys.getKeys(queueName);
  const args = [QUIET_MS, queueKeys.toKey(queueName, ''), JOBS_PER_STEP];
  for (;;) {
    const told = await runScript(redis, FORGET, [events, ...Object.values(others)], args);
    if (told === STAYS || told === GONE) return told === GONE;
  }
}

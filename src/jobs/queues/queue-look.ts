// Lives in web and worker processes.
import { z } from 'zod';
import type { RedisClient } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { scheduleJobsPrefix } from './names';

/** How a schedule's queue stands. */
export interface QueueLook {
  /** Jobs that no worker has taken. */
  waiting: number;
  /** Since when the first of them that carries commands has been waiting (ms since 1970); null: none does. */
  oldestAtMs: number | null;
  isUnderWay: boolean;
  /** By somebody at the dashboard: nothing is taken. */
  isPaused: boolean;
}

// KEYS: waiting, paused and active jobs, the queue's settings. ARGV: what stands before a job's id in its key, on the same node.
const LOOK = scriptOf(`
  local paused = redis.call('HEXISTS', KEYS[4], 'paused')
  local list = paused == 1 and redis.call('LLEN', KEYS[2]) > 0 and KEYS[2] or KEYS[1]
  local oldest = ''
  for _, id in ipairs(redis.call('LRANGE', list, -5, -1)) do
    local job = redis.call('HMGET', ARGV[1] .. id, 'name', 'timestamp')
    if job[1] == 'commands' and oldest == '' then oldest = job[2] end
  end
  return { redis.call('LLEN', list), oldest, redis.call('LLEN', KEYS[3]), paused }
`);
const Reply = z.tuple([z.int(), z.string(), z.int(), z.int()]);

export async function lookIntoQueue(redis: RedisClient, scheduleId: string): Promise<QueueLook> {
  const prefix = scheduleJobsPrefix(scheduleId);
  const keys = ['wait', 'paused', 'active', 'meta'].map((name) => `${prefix}${name}`);
  const [waiting, oldest, active, paused] = Reply.parse(await runScript(redis, LOOK, keys, [prefix]));
  return {
    waiting,
    oldestAtMs: oldest === '' ? null : Number(oldest),
    isUnderWay: active > 0,
    isPaused: paused === 1,
  };
}

import { z } from 'zod';
import type { RedisClient } from '../lib/redis';
import { runScript, scriptOf } from '../lib/redis-script';
import { COUNTS_KEY, RECENT_KEY, WORKERS_KEY } from './keys';

/** What a worker process says of itself. */
export const WorkerFacts = z.object({
  host: z.string(),
  pid: z.int(),
  startedAt: z.string(),
  /** Dates that it serves now: the first of them, and how many there are. */
  scheduleIds: z.array(z.string()),
  served: z.int(),
});
export type WorkerFacts = z.infer<typeof WorkerFacts>;

export interface WorkerSeen extends WorkerFacts {
  id: string;
  seenAtMs: number;
}

/** How often something was counted between two samples. */
export interface Counted {
  sinceMs: number;
  untilMs: number;
  counts: ReadonlyMap<string, number>;
}

export interface Taken {
  /** By Redis' clock, as all moments here. */
  nowMs: number;
  /** Of the last minute, the latest last. */
  recent: Counted[];
  workers: WorkerSeen[];
}

/** What all processes tell the desk, a few times a minute each, and the sampling takes along. */
export interface DeskNotes {
  note(counts: ReadonlyMap<string, number>, worker?: { id: string; facts: WorkerFacts }): Promise<void>;
  /** This worker ends in good order: it is not to be missed. */
  leave(workerId: string): Promise<void>;
  take(): Promise<Taken>;
}

const RECENT_MS = 60_000;
// Somebody who comes to the desk later shall see who fell silent.
const SILENT_KEPT_MS = 600_000;
// Without anybody who takes them along, counts are of no use for longer.
const COUNTS_KEPT_MS = 120_000;
const NOW = `local time = redis.call('TIME'); local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)`;

// KEYS: counts, workers. ARGV: worker or '', its facts, then pairs of what was counted and how often.
const NOTE = scriptOf(`
  ${NOW}
  if ARGV[1] ~= '' then
    redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', nowMs) .. ' ' .. ARGV[2])
    redis.call('PEXPIRE', KEYS[2], ${SILENT_KEPT_MS})
  end
  if #ARGV == 2 then return end
  redis.call('HSETNX', KEYS[1], 'since', string.format('%.0f', nowMs))
  for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
  redis.call('PEXPIRE', KEYS[1], ${COUNTS_KEPT_MS})
`);

// KEYS: counts, recent, workers. Counts move to the recent ones; both are bounded by their age.
const TAKE = scriptOf(`
  ${NOW}
  local now = string.format('%.0f', nowMs)
  local flat = redis.call('HGETALL', KEYS[1])
  local since, lines = nil, {}
  for i = 1, #flat, 2 do
    if flat[i] == 'since' then since = flat[i + 1] else lines[#lines + 1] = flat[i] .. ' ' .. flat[i + 1] end
  end
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'since', now)
  redis.call('PEXPIRE', KEYS[1], ${COUNTS_KEPT_MS})
  if since and (#lines > 0 or tonumber(since) < nowMs) then
    redis.call('RPUSH', KEYS[2], since .. ' ' .. now .. '\\n' .. table.concat(lines, '\\n'))
    redis.call('PEXPIRE', KEYS[2], ${RECENT_MS})
  end
  while true do
    local oldest = redis.call('LINDEX', KEYS[2], 0)
    if not oldest or tonumber(string.match(oldest, '^%d+ (%d+)')) > nowMs - ${RECENT_MS} then break end
    redis.call('LPOP', KEYS[2])
  end
  local workers = redis.call('HGETALL', KEYS[3])
  for i = 1, #workers, 2 do
    if tonumber(string.match(workers[i + 1], '^%d+')) < nowMs - ${SILENT_KEPT_MS} then redis.call('HDEL', KEYS[3], workers[i]) end
  end
  return { nowMs, redis.call('LRANGE', KEYS[2], 0, -1), workers }
`);

const TakenReply = z.tuple([z.int(), z.array(z.string()), z.array(z.string())]);

export function createDeskNotes(redis: RedisClient): DeskNotes {
  return {
    note: async (counts, worker) => {
      const said = worker === undefined ? ['', ''] : [worker.id, JSON.stringify(worker.facts)];
      if (counts.size === 0 && worker === undefined) return;
      await runScript(redis, NOTE, [COUNTS_KEY, WORKERS_KEY], [...said, ...[...counts].flat()]);
    },
    leave: async (workerId) => {
      await redis.hdel(WORKERS_KEY, workerId);
    },
    take: async () => {
      const reply = await runScript(redis, TAKE, [COUNTS_KEY, RECENT_KEY, WORKERS_KEY], []);
      const [nowMs, recent, workers] = TakenReply.parse(reply);
      return { nowMs, recent: recent.map(countedOf), workers: workersOf(workers) };
    },
  };
}

function countedOf(text: string): Counted {
  const [head = '', ...lines] = text.split('\n');
  const [sinceMs = 0, untilMs = 0] = head.split(' ').map(Number);
  const counts = lines
    .filter((line) => line !== '')
    .map((line): [string, number] => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    });
  return { sinceMs, untilMs, counts: new Map(counts) };
}

function workersOf(flat: readonly string[]): WorkerSeen[] {
  return flat.flatMap((id, index) => {
    if (index % 2 === 1) return [];
    const text = flat[index + 1] ?? '';
    const space = text.indexOf(' ');
    // Of another build, perhaps: it is there all the same.
    const facts = WorkerFacts.safeParse(jsonOf(text.slice(space + 1)));
    const unknown = { host: '', pid: 0, startedAt: '', scheduleIds: [], served: 0 };
    return [{ id, seenAtMs: Number(text.slice(0, space)), ...(facts.success ? facts.data : unknown) }];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

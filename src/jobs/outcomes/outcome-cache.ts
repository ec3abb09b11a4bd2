// Lives in web and worker processes.
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { runScript, scriptOf } from '../../lib/redis-script';
import { oneCommandPerTurn } from '../../lib/one-command-per-turn';
import type { EndedCommand } from '../../models/command-store';

/** Ended commands as kept in Redis and as sent to whoever waits. */
export const EndedCommandSchema = z.object({
  id: z.string(),
  userId: z.string(),
  kind: z.enum(['hold', 'pay', 'cancel']),
  status: z.enum(['completed', 'rejected', 'failed']),
  outcome: z.unknown(),
  finishedAtMs: z.number(),
});

// One command for a group: one for each outcome would cost the worker many times as much.
const KEEP = scriptOf(`
  for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1]) end
`);
// As long as anybody polls for it. Later questions are answered from Postgres.
const CACHE_TTL_MS = 120_000;

// One hash tag for all: they are asked for together.
const keyOf = (commandId: string): string => `frontrow:{jobs}:${commandId}`;

/** Ended commands kept in Redis for pollers. May be lost at any time: Postgres has them. */
export interface OutcomeCache {
  keep(ended: readonly EndedCommand[]): Promise<void>;
  /** @returns null when it is not there (any more), or for another user's command */
  find(commandId: string, userId: string): Promise<EndedCommand | null>;
}

export function createOutcomeCache(redis: Redis): OutcomeCache {
  // Pollers come by the hundred: those of one turn share a command.
  const read = oneCommandPerTurn(async (_kind: string, commandIds: readonly string[]) =>
    redis.mget(...commandIds.map(keyOf)),
  );
  return {
    keep: async (ended) => {
      if (ended.length === 0) return;
      const keys = ended.map(({ id }) => keyOf(id));
      await runScript(redis, KEEP, keys, [CACHE_TTL_MS, ...ended.map((each) => JSON.stringify(each))]);
    },
    find: async (commandId, userId) => {
      const kept = await read('outcome', commandId);
      if (kept === null) return null;
      const ended = EndedCommandSchema.parse(JSON.parse(kept));
      return ended.userId === userId ? ended : null;
    },
  };
}

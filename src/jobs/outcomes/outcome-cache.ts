// Lives in web and worker processes.
import { Cluster } from 'ioredis';
import type { RedisClient } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { oneCommandPerTurn } from '../../lib/one-command-per-turn';
import type { EndedCommand } from '../../models/command-store';
import { endedJob, EndedJobSchema, type EndedJob } from './ended-job';
import { TIMES } from '../../lib/times';

// One command for a group: one for each outcome would cost the worker many times as much.
const KEEP = scriptOf(`
  for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1]) end
`);

// Sixteen groups, each with a hash tag of its own: one for all would be one hot node of a cluster, one for each command
// would leave nothing to share. Ids end in random digits.
const groupOf = (commandId: string): string => commandId.slice(-1);
export const outcomeKey = (commandId: string): string => `frontrow:{jobs:${groupOf(commandId)}}:${commandId}`;

/** Ended commands kept in Redis for pollers. May be lost at any time: Postgres has them. */
export interface OutcomeCache {
  keep(ended: readonly EndedCommand[]): Promise<void>;
  /** @returns null when it is not there (any more), or for another user's command */
  find(commandId: string, userId: string): Promise<EndedJob | null>;
}

export function createOutcomeCache(redis: RedisClient): OutcomeCache {
  // What one command may name together.
  const togetherOf = redis instanceof Cluster ? groupOf : (): string => 'all';
  // Pollers come by the hundred: those of one turn share a command.
  const read = oneCommandPerTurn(async (_together: string, commandIds: readonly string[]) =>
    redis.mget(...commandIds.map(outcomeKey)),
  );
  return {
    keep: async (ended) => {
      if (ended.length === 0) return;
      const groups = new Map<string, EndedCommand[]>();
      for (const each of ended) {
        const group = groups.get(togetherOf(each.id));
        if (group === undefined) groups.set(togetherOf(each.id), [each]);
        else group.push(each);
      }
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const keys = group.map(({ id }) => outcomeKey(id));
          await runScript(redis, KEEP, keys, [
            TIMES.outcomeKeptMs,
            ...group.map((each) => JSON.stringify(endedJob(each))),
          ]);
        }),
      );
    },
    find: async (commandId, userId) => {
      const kept = await read(togetherOf(commandId), commandId);
      if (kept === null) return null;
      const ended = EndedJobSchema.parse(JSON.parse(kept));
      return ended.userId === userId ? ended : null;
    },
  };
}

// Lives in web and worker processes.
import { Cluster } from 'ioredis';
import type { RedisClient } from '../../lib/redis';
import { z } from 'zod';
import { runScript, scriptOf } from '../../lib/redis-script';
import { sharing } from '../../lib/one-command-per-turn';
import type { Finished } from './outcomes';

/** Finished commands as noted in Redis and as sent to whoever waits. */
export const FinishedSchema = z.object({
  id: z.string(),
  userId: z.string(),
  kind: z.enum(['hold', 'pay', 'cancel']),
  status: z.enum(['completed', 'rejected', 'failed']),
  outcome: z.unknown(),
  finishedAtMs: z.number(),
});

// One command for a group: as many of their own were a tenth of a worker's time.
const NOTE = scriptOf(`
  for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1]) end
`);
// As long as anybody polls for it. Later questions are answered from Postgres.
const NOTE_TTL_MS = 120_000;

// Sixteen groups, each with a hash tag of its own: one for all would be one hot node of a cluster, one for each command
// would leave nothing to share. Ids end in random digits.
const groupOf = (commandId: string): string => commandId.slice(-1);
export const noteKey = (commandId: string): string => `frontrow:{jobs:${groupOf(commandId)}}:${commandId}`;

/** Outcomes noted in Redis for pollers. May be lost at any time: Postgres has them. */
export interface OutcomeNotes {
  note(finished: readonly Finished[]): Promise<void>;
  /** @returns null when nothing is noted (any more), or for another user's command */
  find(commandId: string, userId: string): Promise<Finished | null>;
}

export function createOutcomeNotes(redis: RedisClient): OutcomeNotes {
  // What one command may name together.
  const sharersOf = redis instanceof Cluster ? groupOf : (): string => 'all';
  // Pollers come by the hundred: those of one turn share a command.
  const read = sharing(async (_sharers: string, commandIds: readonly string[]) =>
    redis.mget(...commandIds.map(noteKey)),
  );
  return {
    note: async (finished) => {
      const groups = new Map<string, Finished[]>();
      for (const each of finished) {
        const sharers = sharersOf(each.id);
        const group = groups.get(sharers);
        if (group === undefined) groups.set(sharers, [each]);
        else group.push(each);
      }
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const notes = group.map((each) => JSON.stringify(each));
          await runScript(
            redis,
            NOTE,
            group.map(({ id }) => noteKey(id)),
            [NOTE_TTL_MS, ...notes],
          );
        }),
      );
    },
    find: async (commandId, userId) => {
      const note = await read(sharersOf(commandId), commandId);
      if (note === null) return null;
      const finished = FinishedSchema.parse(JSON.parse(note));
      return finished.userId === userId ? finished : null;
    },
  };
}

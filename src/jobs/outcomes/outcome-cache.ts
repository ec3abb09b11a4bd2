// Lives in web and worker processes.
import type { Redis } from 'ioredis';
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

// One hash tag for all: they are asked for together.
const noteKey = (commandId: string): string => `frontrow:{jobs}:${commandId}`;

/** Outcomes noted in Redis for pollers. May be lost at any time: Postgres has them. */
export interface OutcomeNotes {
  note(finished: readonly Finished[]): Promise<void>;
  /** @returns null when nothing is noted (any more), or for another user's command */
  find(commandId: string, userId: string): Promise<Finished | null>;
}

export function createOutcomeNotes(redis: Redis): OutcomeNotes {
  // Pollers come by the hundred: those of one turn share a command.
  const read = sharing(async (_kind: string, commandIds: readonly string[]) =>
    redis.mget(...commandIds.map(noteKey)),
  );
  return {
    note: async (finished) => {
      if (finished.length === 0) return;
      const keys = finished.map(({ id }) => noteKey(id));
      await runScript(redis, NOTE, keys, [NOTE_TTL_MS, ...finished.map((each) => JSON.stringify(each))]);
    },
    find: async (commandId, userId) => {
      const note = await read('note', commandId);
      if (note === null) return null;
      const finished = FinishedSchema.parse(JSON.parse(note));
      return finished.userId === userId ? finished : null;
    },
  };
}

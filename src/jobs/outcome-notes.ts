import type { Redis } from 'ioredis';
import { z } from 'zod';
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

// As long as anybody polls for it. Later questions are answered from Postgres.
const NOTE_TTL_MS = 120_000;

const noteKey = (commandId: string): string => `frontrow:{job:${commandId}}`;

/** Notes outcomes for pollers. May be lost at any time: Postgres has them. */
export async function noteOutcomes(redis: Redis, finished: readonly Finished[]): Promise<void> {
  await Promise.all(
    finished.map(async (command) =>
      redis.set(noteKey(command.id), JSON.stringify(command), 'PX', NOTE_TTL_MS),
    ),
  );
}

/** @returns null when nothing is noted (any more), or for another user's command */
export async function notedOutcome(
  redis: Redis,
  commandId: string,
  userId: string,
): Promise<Finished | null> {
  const note = await redis.get(noteKey(commandId));
  if (note === null) return null;
  const finished = FinishedSchema.parse(JSON.parse(note));
  return finished.userId === userId ? finished : null;
}

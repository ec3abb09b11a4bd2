// Lives in the worker process.
import type { UpkeepStore } from '../../models/upkeep-store';
import type { Queues } from '../queues/queues';
import { STEP_MS } from '../schedules/releases';

export interface DueWorkParts {
  queues: Queues;
  store: Pick<UpkeepStore, 'withDueHolds' | 'withStaleCommands'>;
}

// A command is recorded first and queued then, and an `add` that Redis does not take in time is given up: one that has
// been recorded for longer than that has its job, or has lost it.
const STALE_COMMAND_MS = 3000;
// One at a time: whoever looks again while it waits for its turn changes nothing. And nothing may stay of it, done or
// failed: BullMQ would ignore the next one of the same id.
const ONCE = { removeOnComplete: true, removeOnFail: true };

/**
 * Finds work that is due and that no job carries: holds whose release was lost, commands whose job was. Each schedule
 * concerned gets a job that goes on until none is left.
 */
export async function findDueWork({ queues, store }: DueWorkParts): Promise<void> {
  // Younger ones are left to their own release job.
  const due = await store.withDueHolds(STEP_MS);
  const stale = await store.withStaleCommands(STALE_COMMAND_MS);
  const added = await Promise.allSettled([
    ...due.map(async (scheduleId) =>
      queues.add(scheduleId, 'release', {}, { jobId: 'release-due', ...ONCE }),
    ),
    ...stale.map(async ({ scheduleId, beforeMs }) =>
      queues.add(scheduleId, 'recover', { beforeMs }, { jobId: 'recover', ...ONCE }),
    ),
  ]);
  // Only now: a queue whose Redis node is away must not keep the others from their jobs.
  const failed = added.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

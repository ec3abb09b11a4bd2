// Lives in the worker process.
import type { UpkeepStore } from '../../models/upkeep-store';
import type { Queues } from '../queues/queues';
import { TIMES } from '../../lib/times';

export interface DueWorkParts {
  queues: Queues;
  store: Pick<UpkeepStore, 'withDueHolds' | 'withStaleCommands'>;
}

// One at a time: whoever looks again while it waits for its turn changes nothing. And nothing may stay of it, done or
// failed: BullMQ would ignore the next one of the same id.
const ONCE = { removeOnComplete: true, removeOnFail: true };

/**
 * Finds work that is due and that no job carries: holds whose release was lost, commands whose job was. Each schedule
 * concerned gets a job that goes on until none is left.
 */
export async function findDueWork({ queues, store }: DueWorkParts): Promise<void> {
  // Younger ones are left to their own release job.
  const due = await store.withDueHolds(TIMES.releaseStepMs);
  // Recorded first and queued then, and an `add` that Redis does not take in time is given up: an older one has its job,
  // or has lost it.
  const stale = await store.withStaleCommands(TIMES.staleCommandMs);
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

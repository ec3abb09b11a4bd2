// Lives in the worker process.
import type { UpkeepStore } from '../../models/upkeep-store';
import type { Queues } from '../queues/queues';
import { TIMES } from '../../lib/times';

export interface DueWorkParts {
  queues: Queues;
  store: Pick<UpkeepStore, 'withDueHolds' | 'withStaleCommands' | 'withCancellations' | 'withNewTerms'>;
}

// One at a time: whoever looks again while it waits for its turn changes nothing. And nothing may stay of it, done or
// failed: BullMQ would ignore the next one of the same id.
const ONCE = { removeOnComplete: true, removeOnFail: true };

// Again and again for so long: a look may be missed while Redis is away.
const NEW_TERMS_MS = 5000;

/**
 * Finds work that is due and that no job carries: holds whose release was lost, commands whose job was, bookings of dates that were called
 * off. Each schedule concerned gets a job that goes on until none is left. And dates that are on sale again, where somebody may
 * wait for seats that came free meanwhile: any decision makes the offers first.
 */
export async function findDueWork({ queues, store }: DueWorkParts): Promise<void> {
  // Younger ones are left to their own release job.
  const due = await store.withDueHolds(TIMES.releaseStepMs);
  // Recorded first and queued then, and an `add` that Redis does not take in time is given up: an older one has its job,
  // or has lost it.
  const stale = await store.withStaleCommands(TIMES.staleCommandMs);
  const calledOff = await store.withCancellations();
  const changed = await store.withNewTerms(NEW_TERMS_MS);
  const added = await Promise.allSettled([
    ...[...new Set([...due, ...changed])].map(async (scheduleId) =>
      queues.add(scheduleId, 'release', {}, { jobId: 'release-due', ...ONCE }),
    ),
    ...stale.map(async ({ scheduleId, beforeMs }) =>
      queues.add(scheduleId, 'recover', { beforeMs }, { jobId: 'recover', ...ONCE }),
    ),
    ...calledOff.map(async (scheduleId) =>
      queues.add(scheduleId, 'callOff', { calledOff: true }, { jobId: 'call-off', ...ONCE }),
    ),
  ]);
  // Only now: a queue whose Redis node is away must not keep the others from their jobs.
  const failed = added.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

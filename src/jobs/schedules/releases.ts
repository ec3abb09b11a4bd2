// Lives in the worker process.
import { LRUCache } from 'lru-cache';
import type { Queues } from '../queues/queues';
import { TIMES } from '../../lib/times';

export interface Releases {
  /** Makes sure that a job releases the holds of this schedule that end then, in milliseconds since 1970. */
  schedule(scheduleId: string, endsMs: readonly number[]): Promise<void>;
}

// Holds that end within one such span share a job: a busy schedule has two a second, not one per batch. Until it runs, a
// seat looks taken on the map though a command for it would win.
const STEP_MS = TIMES.releaseStepMs;
const REMEMBERED_STEPS = 10_000;

/** The delayed jobs that release holds. Should one be lost, its holds are found as work that is due. */
export function createReleases(queues: Queues): Releases {
  // What this process has scheduled needs no second trip to Redis; what others have, Redis ignores by its id.
  const scheduled = new LRUCache<string, true>({ max: REMEMBERED_STEPS });

  async function add(scheduleId: string, step: number): Promise<void> {
    const key = `${scheduleId} ${step}`;
    if (scheduled.has(key)) return;
    const delay = Math.max(0, step * STEP_MS - Date.now());
    const options = { jobId: `release-${step}`, delay, removeOnComplete: true };
    await queues.add(scheduleId, 'release', {}, options);
    scheduled.set(key, true);
  }

  return {
    schedule: async (scheduleId, endsMs) => {
      const steps = new Set(endsMs.map((end) => Math.floor(end / STEP_MS) + 1));
      await Promise.all([...steps].map(async (step) => add(scheduleId, step)));
    },
  };
}

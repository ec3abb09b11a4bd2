// Lives in the worker process.
import type { RedisClient } from '../lib/redis';
import type { ScheduleStore } from '../models/schedule-store';
import type { UpkeepStore } from '../models/upkeep-store';
import { repeat } from '../lib/repeat';
import { type AdmissionParts, tickRooms } from './clock/admission';
import { startClockWorkers } from './clock/clock-workers';
import { findDueWork } from './clock/due';
import type { Queues } from './queues/queues';
import { processScheduleJob, type ScheduleJobParts } from './schedules/schedule-jobs';
import { createScheduleWorkers } from './schedules/schedule-workers';
import { runUpkeep } from './clock/upkeep';

export interface JobsParts extends ScheduleJobParts {
  records: ScheduleJobParts['records'] & AdmissionParts['records'];
  /** For BullMQ's blocking side. */
  connection: RedisClient;
  queues: Queues;
  schedules: ScheduleStore;
  upkeep: UpkeepStore;
}

export interface Jobs {
  close(): Promise<void>;
}

// How soon a schedule made elsewhere gets its worker here; an emptied Redis its clock, and with it all that upkeep
// puts back; and a clock that went wrong in any other way is set right.
const SERVE_EVERY_MS = 1000;
const RESTORE_EVERY_MS = 1000;
const ASSERT_EVERY_MS = 10_000;

/** Starts all that a worker process does. */
export async function startJobs(parts: JobsParts): Promise<Jobs> {
  const { connection, queues, metrics, logger } = parts;
  const scheduleWorkers = createScheduleWorkers({
    connection,
    queues,
    metrics,
    logger,
    process: async (scheduleId, job) => processScheduleJob(parts, scheduleId, job),
  });
  const clockWorkers = startClockWorkers({
    connection,
    queues,
    metrics,
    logger,
    run: {
      admission: async () => tickRooms(parts),
      due: async () => findDueWork({ ...parts, store: parts.upkeep }),
      upkeep: async () => runUpkeep({ ...parts, store: parts.upkeep }),
    },
  });
  const fault = (task: string) => (error: unknown) => logger.warn({ err: error, task }, 'will try again');
  const stopServing = repeat(
    SERVE_EVERY_MS,
    async () => scheduleWorkers.serve(await parts.schedules.inUse()),
    fault('serve schedules'),
  );
  const stopAsserting = repeat(ASSERT_EVERY_MS, clockWorkers.assert, fault('assert clock'));
  const stopRestoring = repeat(RESTORE_EVERY_MS, clockWorkers.restore, fault('restore clock'));
  return {
    close: async () => {
      await Promise.all([stopServing(), stopAsserting(), stopRestoring()]);
      await Promise.all([scheduleWorkers.close(), clockWorkers.close()]);
    },
  };
}

import type { Redis } from 'ioredis';
import type { ScheduleStore } from '../models/schedule-store';
import type { UpkeepStore } from '../models/upkeep-store';
import { repeat } from '../lib/repeat';
import { type AdmissionParts, tickRooms } from './admission';
import { startClockWorkers } from './clock-workers';
import type { Queues } from './queues';
import { processScheduleJob, type ScheduleJobParts } from './schedule-jobs';
import { createScheduleWorkers } from './schedule-workers';
import { runUpkeep } from './upkeep';

export interface JobsParts extends ScheduleJobParts {
  records: ScheduleJobParts['records'] & AdmissionParts['records'];
  /** For BullMQ's blocking side. */
  connection: Redis;
  queues: Queues;
  schedules: ScheduleStore;
  upkeep: UpkeepStore;
}

export interface Jobs {
  close(): Promise<void>;
}

// How soon a schedule made elsewhere gets its worker here; and a flushed Redis its clock.
const SERVE_EVERY_MS = 1000;
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
  return {
    close: async () => {
      await Promise.all([stopServing(), stopAsserting()]);
      await Promise.all([scheduleWorkers.close(), clockWorkers.close()]);
    },
  };
}

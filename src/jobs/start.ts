// Lives in the worker process.
import type { Subscriptions } from '../lib/subscriptions';
import type { RetentionStore } from '../models/retention-store';
import type { RedisClient } from '../lib/redis';
import type { ScheduleStore } from '../models/schedule-store';
import type { StockStore } from '../models/stock-store';
import type { UpkeepStore } from '../models/upkeep-store';
import { repeat } from '../lib/repeat';
import { type AdmissionParts, tickRooms } from './clock/admission';
import { startClockWorkers } from './clock/clock-workers';
import { RoomStocks } from './clock/room-stocks';
import { Sampling, type SamplingParts } from './clock/sampling';
import type { CommandTally } from '../desk/command-tally';
import { startNoting } from '../desk/noting';
import { drawDue, type DrawJobParts } from './clock/draw';
import { findDueWork } from './clock/due';
import type { Bell } from './queues/bell';
import { runRetention } from './clock/retention';
import type { Queues } from './queues/queues';
import { processScheduleJob, type ScheduleJobParts } from './schedules/schedule-jobs';
import { ScheduleWorkers } from './schedules/schedule-workers';
import { runUpkeep } from './clock/upkeep';

export interface JobsParts extends ScheduleJobParts {
  records: ScheduleJobParts['records'] & AdmissionParts['records'] & DrawJobParts['records'];
  tally: CommandTally;
  desk: SamplingParts['desk'];
  notes: SamplingParts['notes'];
  board: SamplingParts['board'];
  curves: SamplingParts['curves'];
  /** Fails fast. */
  redis: RedisClient;
  /** For BullMQ's workers: waits for Redis to come back. */
  connection: RedisClient;
  queues: Queues;
  bell: Bell;
  subscriptions: Subscriptions;
  schedules: ScheduleStore;
  stock: StockStore;
  upkeep: UpkeepStore;
  retention: RetentionStore;
  commandRetentionMs: number;
}

export interface Jobs {
  close(): Promise<void>;
}

// How soon an emptied Redis gets its clock, and with it all that upkeep puts back; and a clock that went wrong in any other
// way is set right.
const RESTORE_EVERY_MS = 1000;
const ASSERT_EVERY_MS = 10_000;

/** Starts all that a worker process does. */
export async function startJobs(parts: JobsParts): Promise<Jobs> {
  const { connection, queues, metrics, logger } = parts;
  const scheduleWorkers = await ScheduleWorkers.start({
    redis: parts.redis,
    connection,
    subscriptions: parts.subscriptions,
    bell: parts.bell,
    metrics,
    logger,
    process: async (scheduleId, job) => processScheduleJob(parts, scheduleId, job),
  });
  const stocks = new RoomStocks({ ...parts, store: parts.stock });
  const sampling = new Sampling(parts);
  const clockWorkers = startClockWorkers({
    connection,
    queues,
    metrics,
    logger,
    run: {
      admission: async () => tickRooms({ ...parts, stocks }),
      draw: async () => drawDue(parts),
      due: async () => findDueWork({ ...parts, store: parts.upkeep }),
      upkeep: async () => runUpkeep({ ...parts, store: parts.upkeep }),
      retention: async () => runRetention({ ...parts, store: parts.retention }),
      sampling: async () => sampling.run(),
    },
  });
  const fault = (task: string) => (error: unknown) => logger.warn({ err: error, task }, 'will try again');
  const stopAsserting = repeat(ASSERT_EVERY_MS, clockWorkers.assert, fault('assert clock'));
  const stopRestoring = repeat(RESTORE_EVERY_MS, clockWorkers.restore, fault('restore clock'));
  const stopNoting = startNoting(parts, scheduleWorkers);
  return {
    close: async () => {
      await Promise.all([stopAsserting(), stopRestoring(), stopNoting()]);
      await Promise.all([scheduleWorkers.close(), clockWorkers.close()]);
    },
  };
}

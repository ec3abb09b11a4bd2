// Lives in the worker process.
import { Worker } from 'bullmq';
import type { RedisClient } from '../../lib/redis';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { isRedisAway } from '../../lib/redis';
import { queuePrefix, scheduleQueueName, type ScheduleJobs } from '../queues/names';
import type { Queues } from '../queues/queues';
import type { ScheduleJob } from './schedule-jobs';

export interface ScheduleWorkers {
  /** Opens a worker for each of these schedules and closes those of others. */
  serve(scheduleIds: readonly string[]): Promise<void>;
  /** Waits for the jobs under way, then closes. */
  close(): Promise<void>;
}

export interface ScheduleWorkersParts {
  /** BullMQ's blocking side; each worker duplicates it. */
  connection: RedisClient;
  queues: Queues;
  metrics: Metrics;
  logger: Logger;
  process: (scheduleId: string, job: ScheduleJob) => Promise<void>;
}

// A killed worker blocks its queue until its lock has run out and a stalled check has seen it: under 8 s in all.
const LOCK_MS = 5000;
const STALLED_CHECK_MS = 2500;
// How long an idle worker waits at Redis: asking every second, a process with a thousand schedules would do little else. A
// stop in the very moment of a wake-up leaves its job to the next one who asks.
const DRAIN_DELAY_SECONDS = 5;

type ScheduleWorker = Worker<ScheduleJobs[keyof ScheduleJobs], void, keyof ScheduleJobs>;

/** The workers of one process: one per schedule in use, each taking one job at a time. */
export function createScheduleWorkers(parts: ScheduleWorkersParts): ScheduleWorkers {
  const workers = new Map<string, ScheduleWorker>();

  async function open(scheduleId: string): Promise<void> {
    // One job at a time over all processes: for order and for speed. Lost with Redis; upkeep sets it again.
    await parts.queues.schedule(scheduleId).setGlobalConcurrency(1);
    const name = scheduleQueueName(scheduleId);
    const worker: ScheduleWorker = new Worker(name, async (job) => parts.process(scheduleId, job), {
      connection: parts.connection,
      prefix: queuePrefix(name),
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // A batch may lose its worker several times in one deployment; giving up would only leave it to be found as work that is due.
      maxStalledCount: 10,
      drainDelay: DRAIN_DELAY_SECONDS,
      // After a lost connection. BullMQ's own are fifteen seconds.
      runRetryDelay: 1000,
      skipVersionCheck: true,
    });
    worker.on('error', (error) => {
      // The shared client has said so, once: a hundred workers would say it again with every retry.
      const level = isRedisAway(error) ? 'debug' : 'warn';
      parts.logger[level]({ err: error, scheduleId }, 'schedule worker fault');
    });
    worker.on('failed', (job, error) => {
      parts.metrics.jobFailures.inc({ job: job?.name ?? 'unknown' });
      parts.logger.error({ err: error, scheduleId, jobId: job?.id, job: job?.name }, 'schedule job failed');
    });
    workers.set(scheduleId, worker);
  }

  /** Waits for the others when one fails: the next round would find them still opening, and open them twice. */
  async function all(tasks: Promise<void>[]): Promise<void> {
    const failed = (await Promise.allSettled(tasks)).find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  return {
    serve: async (scheduleIds) => {
      const wanted = new Set(scheduleIds);
      const gone = [...workers].filter(([scheduleId]) => !wanted.has(scheduleId));
      for (const [scheduleId] of gone) workers.delete(scheduleId);
      await all(gone.map(async ([, worker]) => worker.close()));
      await all([...wanted].filter((scheduleId) => !workers.has(scheduleId)).map(open));
      await parts.queues.keepOnly(scheduleIds);
    },
    close: async () => {
      await Promise.all([...workers.values()].map(async (worker) => worker.close()));
    },
  };
}

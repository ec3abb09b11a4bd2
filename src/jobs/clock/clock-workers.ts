// Lives in the worker process.
import { type Job, Worker } from 'bullmq';
import type { RedisClient } from '../../lib/redis';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { isRedisAway } from '../../lib/redis';
import { CLOCK_JOBS, CLOCK_NAMES, type ClockJob, queuePrefix } from '../queues/names';
import type { Queues } from '../queues/queues';
import { TIMES } from '../../lib/times';

export interface ClockWorkersParts {
  connection: RedisClient;
  queues: Queues;
  metrics: Metrics;
  logger: Logger;
  run: Record<ClockJob, () => Promise<void>>;
}

export interface ClockWorkers {
  /** Sets the repeatable jobs as they should be. */
  assert(): Promise<void>;
  /** Sets those that are missing: a Redis loss takes them along. Cheap when none is. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** The repeatable jobs. Whatever the number of processes, each tick is one job and one process takes it. */
export function startClockWorkers(parts: ClockWorkersParts): ClockWorkers {
  const workers = CLOCK_NAMES.map((name) => {
    const worker = new Worker(name, async (_job: Job) => parts.run[name](), {
      connection: parts.connection,
      prefix: queuePrefix(name),
      concurrency: 1,
      lockDuration: TIMES.clockLockMs,
      stalledInterval: TIMES.clockStalledCheckMs,
      maxStalledCount: 10,
      drainDelay: 1,
      // After a lost connection. BullMQ's own are fifteen seconds.
      runRetryDelay: 1000,
      skipVersionCheck: true,
    });
    worker.on('error', (error) => {
      // The shared client has said so, once.
      const level = isRedisAway(error) ? 'debug' : 'warn';
      parts.logger[level]({ err: error, job: name }, 'clock worker fault');
    });
    worker.on('failed', (_job, error) => {
      parts.metrics.jobFailures.inc({ job: name });
      parts.logger.error({ err: error, job: name }, 'clock job failed');
    });
    return worker;
  });

  async function set(name: ClockJob): Promise<void> {
    await parts.queues.clock(name).upsertJobScheduler(name, { every: CLOCK_JOBS[name].everyMs }, { name });
  }

  return {
    assert: async () => {
      await Promise.all(CLOCK_NAMES.map(set));
    },
    restore: async () => {
      const counts = await Promise.all(
        CLOCK_NAMES.map(async (name) => parts.queues.clock(name).getJobSchedulersCount()),
      );
      await Promise.all(CLOCK_NAMES.filter((_name, index) => counts[index] === 0).map(set));
    },
    close: async () => {
      await Promise.all(workers.map(async (worker) => worker.close()));
    },
  };
}

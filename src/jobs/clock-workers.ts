import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../lib/logger';
import type { Metrics } from '../lib/metrics';
import { isRedisAway } from '../lib/redis';
import { CLOCK_JOBS, type ClockJob, queuePrefix } from './names';
import type { Queues } from './queues';

export interface ClockWorkersParts {
  connection: Redis;
  queues: Queues;
  metrics: Metrics;
  logger: Logger;
  run: Record<ClockJob, () => Promise<void>>;
}

export interface ClockWorkers {
  /** Makes sure that the repeatable jobs exist: a Redis loss takes them along. */
  assert(): Promise<void>;
  close(): Promise<void>;
}

const NAMES: readonly ClockJob[] = ['admission', 'upkeep'];

/** The repeatable jobs. Whatever the number of processes, each tick is one job and one process takes it. */
export function startClockWorkers(parts: ClockWorkersParts): ClockWorkers {
  const workers = NAMES.map((name) => {
    const worker = new Worker(name, async (_job: Job) => parts.run[name](), {
      connection: parts.connection,
      prefix: queuePrefix(name),
      concurrency: 1,
      // A killed process must not stop the clock for longer than that.
      lockDuration: 5000,
      stalledInterval: 2500,
      maxStalledCount: 10,
      drainDelay: 1,
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

  return {
    assert: async () => {
      await Promise.all(
        NAMES.map(async (name) =>
          parts.queues.clock(name).upsertJobScheduler(name, { every: CLOCK_JOBS[name].everyMs }, { name }),
        ),
      );
    },
    close: async () => {
      await Promise.all(workers.map(async (worker) => worker.close()));
    },
  };
}

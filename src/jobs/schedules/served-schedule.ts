// Lives in the worker process.
import { type BackendFactory, Worker } from 'bullmq';
import type { RedisClient } from '../../lib/redis';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { isRedisAway } from '../../lib/redis';
import { runScript, scriptOf } from '../../lib/redis-script';
import { TIMES } from '../../lib/times';
import {
  KEPT_EVENTS,
  type OutcomeCounts,
  queuePrefix,
  scheduleQueueName,
  type ScheduleJobs,
} from '../queues/names';
import { type BellBackend, LONGEST_TIMER_MS } from './bell-backend';
import type { ScheduleJob } from './schedule-jobs';

export interface ServedScheduleParts {
  /** Both shared by all schedules of the process. */
  redis: RedisClient;
  connection: RedisClient;
  backends: BackendFactory<BellBackend>;
  metrics: Metrics;
  logger: Logger;
  process: (scheduleId: string, job: ScheduleJob) => Promise<OutcomeCounts>;
}

/** As BullMQ keeps them with a queue. One job at a time over all processes is for order and for speed; Postgres decides. */
const QUEUE_META = { concurrency: 1, 'opts.maxLenEvents': KEPT_EVENTS };
// A Redis loss takes the queue's own settings along: set with every look.
const INSPECT = scriptOf(`
  local wait, active, delayed, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
  redis.call('HSET', meta, unpack(ARGV))
  local isPaused = redis.call('HEXISTS', meta, 'paused') == 1
  local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  return { isPaused and 0 or redis.call('LLEN', wait), redis.call('LLEN', active), next[2] or '' }
`);
/** BullMQ keeps a delayed job's moment above these bits of its score, and a counter in them. */
const DELAY_BITS = 4096;

type ScheduleWorker = Worker<
  ScheduleJobs[keyof ScheduleJobs],
  OutcomeCounts,
  keyof ScheduleJobs,
  BellBackend
>;

/**
 * One schedule in this process, served by a BullMQ worker of its own:
 *
 *   IDLE     no job under way; a ring makes the worker look → BUSY when there is one
 *   BUSY     one job under way → IDLE when no other follows
 *   CLOSING  takes no other job; ends when the one under way has
 *
 * Any mode leads to CLOSING, by `close`, and nothing leads back: who needs the schedule then opens it anew.
 */
export class ServedSchedule {
  readonly #parts: ServedScheduleParts;
  readonly #worker: ScheduleWorker;
  readonly #backend: BellBackend;
  #underWay: { jobId: string; token: string; lockedAtMs: number } | null = null;
  #idleSinceMs = performance.now();
  #isLooking = false;
  #closing: Promise<void> | null = null;
  #settled: { rungAt: string; nextDueMs: number | null } | null = null;

  constructor(
    parts: ServedScheduleParts,
    readonly scheduleId: string,
    turn: Pick<BellBackend, 'mustYield' | 'onSleep'>,
  ) {
    this.#parts = parts;
    const name = scheduleQueueName(scheduleId);
    this.#worker = new Worker(
      name,
      async (job, token) => this.#work(job, token ?? ''),
      {
        connection: parts.connection,
        prefix: queuePrefix(name),
        concurrency: 1,
        lockDuration: TIMES.jobLockMs,
        stalledInterval: TIMES.stalledCheckMs,
        // After a lost connection. BullMQ's own are fifteen seconds.
        runRetryDelay: 1000,
        // A batch may lose its worker several times in one deployment; giving up would only leave it to be found as work that is due.
        maxStalledCount: 10,
        // Timers of each worker's own would keep a process with thousands of them busy: locks are renewed, and stalled jobs
        // looked for, where a job is under way.
        skipLockRenewal: true,
        skipStalledCheck: true,
        drainDelay: LONGEST_TIMER_MS / 1000,
        skipVersionCheck: true,
      },
      parts.backends,
    );
    this.#backend = this.#worker.getBackend();
    Object.assign(this.#backend, turn);
    this.#listen();
    this.#backend.setQueueMeta(QUEUE_META).catch(() => undefined);
  }

  /** How long it has been without a job; 0 when it has one. */
  get idleMs(): number {
    return this.#underWay === null ? performance.now() - this.#idleSinceMs : 0;
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  /** The ring after which its queue was found empty, but for what is due then; null: it may have work. */
  get settled(): { rungAt: string; nextDueMs: number | null } | null {
    return this.#settled;
  }

  ring(): void {
    this.#backend.ring();
  }

  isSettled(rungAt: string): boolean {
    return this.#settled?.rungAt === rungAt;
  }

  /**
   * Looks into the queue of an idle schedule, one look at a time.
   * @param rungAt the ring that was seen before
   * @returns whether there is something for its worker; else it is settled
   */
  async hasWork(rungAt: string): Promise<boolean> {
    if (this.#isLooking) return false;
    this.#isLooking = true;
    try {
      return await this.#look(rungAt);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(rungAt: string): Promise<boolean> {
    const keys = ['wait', 'active', 'delayed', 'meta'].map((type) => this.#backend.toKey(type));
    const reply = await runScript(this.#parts.redis, INSPECT, keys, Object.entries(QUEUE_META).flat());
    const [waiting, underWay, next] = Array.isArray(reply) ? reply.map(Number) : [];
    const nextDueMs = next === undefined || next === 0 ? null : Math.floor(next / DELAY_BITS);
    if (this.#underWay !== null) return false;
    const isDue = nextDueMs !== null && nextDueMs <= Date.now();
    // Another process has a job under way, or has died with one.
    if (underWay !== 0) await this.#backend.moveStalledJobsToWait();
    if (waiting !== 0 || underWay !== 0 || isDue) return true;
    this.#settled = { rungAt, nextDueMs };
    return false;
  }

  /** Renews the lock of a job that has been under way for long. */
  async renewLock(): Promise<void> {
    const job = this.#underWay;
    if (job === null || performance.now() - job.lockedAtMs < TIMES.renewLocksMs) return;
    job.lockedAtMs = performance.now();
    const lost = await this.#worker.extendJobLocks([job.jobId], [job.token], TIMES.jobLockMs);
    if (lost.length === 0 || this.#underWay !== job) return;
    const { scheduleId } = this;
    this.#parts.logger.warn({ scheduleId, jobId: job.jobId }, 'a lock was lost: the job may run twice');
  }

  /** Resolves once the job under way has ended. */
  async close(): Promise<void> {
    this.#closing ??= this.#worker.close();
    await this.#closing;
  }

  async #work(job: ScheduleJob, token: string): Promise<OutcomeCounts> {
    this.#settled = null;
    this.#underWay = { jobId: job.id ?? '', token, lockedAtMs: performance.now() };
    try {
      return await this.#parts.process(this.scheduleId, job);
    } finally {
      this.#underWay = null;
      this.#idleSinceMs = performance.now();
    }
  }

  #listen(): void {
    const { logger, metrics } = this.#parts;
    const { scheduleId } = this;
    this.#worker.on('error', (error) => {
      // The shared client has said so, once: a hundred workers would say it again with every retry.
      const level = isRedisAway(error) ? 'debug' : 'warn';
      logger[level]({ err: error, scheduleId }, 'schedule worker fault');
    });
    this.#worker.on('failed', (job, error) => {
      metrics.jobFailures.inc({ job: job?.name ?? 'unknown' });
      logger.error({ err: error, scheduleId, jobId: job?.id, job: job?.name }, 'schedule job failed');
    });
  }
}

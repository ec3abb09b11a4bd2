// Lives in the worker process.
import type { RedisConnection } from 'bullmq';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { RedisClient } from '../../lib/redis';
import { repeat } from '../../lib/repeat';
import type { Subscriptions } from '../../lib/subscriptions';
import { type Bell, BELL_CHANNEL, BELL_SEPARATOR } from '../queues/bell';
import { sharedConnection } from '../queues/shared-connection';
import { oldestBatchAgeSeconds } from './backlog-age';
import { bellBackends } from './bell-backend';
import { Homes } from './homes';
import { createRound, type Round, type Rung, type Settled } from './round';
import type { ScheduleJob } from './schedule-jobs';
import { LOCK_MS, ServedSchedule, type ServedScheduleParts } from './served-schedule';
import { Turns } from './turns';

export interface ScheduleWorkersParts {
  connection: RedisClient;
  subscriptions: Subscriptions;
  bell: Bell;
  metrics: Metrics;
  logger: Logger;
  process: (scheduleId: string, job: ScheduleJob) => Promise<void>;
}

/** How late a lost ring is noticed, and a worker that comes or goes. */
const ROUND_MS = 250;
/** A worker that has not been heard of for so long is dead, and others serve its schedules. */
const SILENT_MS = 1500;
/** A schedule without work for so long is not kept open: the next ring opens it again. */
const QUIET_MS = 2000;
const TELL_AGE_MS = 2000;
/** Twice before a lock ends. */
const RENEW_LOCKS_MS = LOCK_MS / 3;
const MOST_AWAKE = 400;
/** How long a busy schedule keeps others from their turn, where there are more. */
const TURN_MS = 500;

/**
 * Serves the schedules that have their home in this process, as long as they have work: any number of them over one
 * connection. What is rung for is opened at once; every round looks for what was missed, and closes what is quiet.
 */
export class ScheduleWorkers {
  readonly #parts: ScheduleWorkersParts;
  readonly #homes: Homes;
  readonly #round: Round;
  readonly #shared: RedisConnection;
  readonly #servedParts: ServedScheduleParts;
  readonly #served = new Map<string, ServedSchedule>();
  readonly #turns = new Turns(MOST_AWAKE, TURN_MS, (scheduleId) => this.#wake(scheduleId));
  readonly #stops: (() => Promise<void>)[] = [];
  #isStopped = false;

  private constructor(parts: ScheduleWorkersParts) {
    const workerId = uuidv7();
    this.#parts = parts;
    this.#homes = new Homes(workerId);
    this.#round = createRound(parts.connection, workerId, SILENT_MS);
    this.#shared = sharedConnection(parts.connection);
    this.#servedParts = { ...parts, backends: bellBackends(this.#shared) };
  }

  static async start(parts: ScheduleWorkersParts): Promise<ScheduleWorkers> {
    const workers = new ScheduleWorkers(parts);
    workers.#stops.push(
      await parts.subscriptions.listen(BELL_CHANNEL, (message) => workers.#hear(message)),
      workers.#repeat(ROUND_MS, 'look for work', async () => workers.#look()),
      workers.#repeat(RENEW_LOCKS_MS, 'renew locks', async () => workers.#renewLocks()),
      workers.#repeat(TELL_AGE_MS, 'tell how old the oldest batch is', async () => workers.#tellAge()),
    );
    return workers;
  }

  /** Hands over what it serves, once the jobs under way have ended. */
  async close(): Promise<void> {
    this.#isStopped = true;
    const [stopHearing, stopLooking, stopRenewing, stopTelling] = this.#stops;
    await Promise.all([stopHearing?.(), stopLooking?.(), stopTelling?.()]);
    await this.#round.leave();
    await Promise.all([...this.#served.values()].map(async (schedule) => this.#close(schedule, true)));
    // Until then: a job under way must keep its lock.
    await stopRenewing?.();
    await this.#shared.close();
  }

  #hear(message: string): void {
    for (const scheduleId of message.split(BELL_SEPARATOR)) {
      if (this.#homes.isHere(scheduleId)) this.#turns.ask(scheduleId);
    }
  }

  #wake(scheduleId: string): boolean {
    if (this.#isStopped || !this.#homes.isHere(scheduleId)) return false;
    const known = this.#served.get(scheduleId);
    if (known === undefined) {
      const turn = {
        mustYield: () => this.#turns.isOver(scheduleId),
        onSleep: (isYielding: boolean) => {
          this.#turns.ended(scheduleId);
          if (isYielding) this.#turns.ask(scheduleId);
        },
      };
      this.#served.set(scheduleId, new ServedSchedule(this.#servedParts, scheduleId, turn));
      return true;
    }
    known.ring();
    // One that is closing stays on the list, and the next round opens it anew.
    return !known.isClosing;
  }

  /** @param handOver another process is to look at once */
  async #close(schedule: ServedSchedule, handOver: boolean): Promise<void> {
    const { scheduleId } = schedule;
    await schedule.close();
    this.#served.delete(scheduleId);
    this.#turns.ended(scheduleId);
    if (handOver) await this.#parts.bell.ring(scheduleId);
  }

  async #look(): Promise<void> {
    const { workerIds, rung } = await this.#round.look();
    this.#homes.update(workerIds);
    const isHere = ({ scheduleId }: { scheduleId: string }): boolean => this.#homes.isHere(scheduleId);
    const open = [...this.#served.values()].filter(({ isClosing }) => !isClosing);
    for (const schedule of open) if (!isHere(schedule)) this.#inBackground(this.#close(schedule, true));
    for (const { scheduleId } of rung.filter(isHere)) {
      if (!this.#served.has(scheduleId)) this.#turns.ask(scheduleId);
    }
    const idle = open.filter((schedule) => isHere(schedule) && schedule.idleMs >= ROUND_MS);
    await this.#settle(idle, new Map(rung.map(({ scheduleId, rungAt }) => [scheduleId, rungAt])));
    this.#parts.metrics.schedulesServed.set(this.#served.size);
    this.#parts.metrics.workersAlive.set(this.#homes.count);
  }

  /** Looks into the queues of idle schedules that were rung since they were found empty; closes those that stay quiet. */
  async #settle(idle: readonly ServedSchedule[], rungAt: ReadonlyMap<string, Rung['rungAt']>): Promise<void> {
    const isRungAnew = ({ scheduleId, settled }: ServedSchedule): boolean =>
      rungAt.has(scheduleId) && settled?.rungAt !== rungAt.get(scheduleId);
    await Promise.all(
      idle.filter(isRungAnew).map(async (schedule) => {
        const { scheduleId } = schedule;
        if (this.#turns.isWaiting(scheduleId)) return;
        if (await schedule.hasWork(rungAt.get(scheduleId) ?? '')) this.#turns.ask(scheduleId);
      }),
    );
    const quiet = idle.filter((schedule) => !isRungAnew(schedule) && schedule.idleMs >= QUIET_MS);
    const striking = quiet.flatMap(({ scheduleId, settled }): Settled[] =>
      settled === null || !rungAt.has(scheduleId) ? [] : [{ scheduleId, ...settled }],
    );
    const struck = new Set(await this.#round.settle(striking));
    for (const schedule of quiet) {
      const isOff = struck.has(schedule.scheduleId) || !rungAt.has(schedule.scheduleId);
      if (isOff) this.#inBackground(this.#close(schedule, false));
    }
  }

  async #renewLocks(): Promise<void> {
    await Promise.all([...this.#served.values()].map(async (each) => each.renewLock(RENEW_LOCKS_MS)));
  }

  async #tellAge(): Promise<void> {
    const withWork = [...this.#served.keys(), ...this.#turns.waiting];
    const age = await oldestBatchAgeSeconds(this.#parts.connection, withWork);
    this.#parts.metrics.oldestBatchAge.set(age);
  }

  #repeat(everyMs: number, task: string, run: () => Promise<void>): () => Promise<void> {
    return repeat(everyMs, run, (error) => this.#fault(error, task));
  }

  #inBackground(closing: Promise<void>): void {
    closing.catch((error: unknown) => this.#fault(error, 'close a schedule'));
  }

  #fault(error: unknown, task: string): void {
    this.#parts.logger.warn({ err: error, task }, 'will try again');
  }
}

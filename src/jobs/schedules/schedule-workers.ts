// Lives in the worker process.
import type { RedisConnection } from 'bullmq';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { RedisClient } from '../../lib/redis';
import { repeat } from '../../lib/repeat';
import type { Subscriptions } from '../../lib/subscriptions';
import { TIMES } from '../../lib/times';
import { type Bell, BELL_CHANNEL, BELL_SEPARATOR } from '../queues/bell';
import type { OutcomeCounts } from '../queues/names';
import { sharedConnection } from '../queues/shared-connection';
import { oldestBatchAgeSeconds } from './backlog-age';
import { bellBackends } from './bell-backend';
import { Homes } from './homes';
import { createRound, type Round, type Settled } from './round';
import type { ScheduleJob } from './schedule-jobs';
import { ServedSchedule, type ServedScheduleParts } from './served-schedule';
import { Turns } from './turns';

export interface ScheduleWorkersParts {
  /** Fails fast: a node that is away must not keep the schedules of others waiting. */
  redis: RedisClient;
  /** BullMQ's: waits for Redis to come back. */
  connection: RedisClient;
  subscriptions: Subscriptions;
  bell: Bell;
  metrics: Metrics;
  logger: Logger;
  process: (scheduleId: string, job: ScheduleJob) => Promise<OutcomeCounts>;
  /** Schedules that may look for work, or have a job under way, at the same time. */
  mostAwake?: number;
  /** After how long without work a schedule is closed. */
  quietMs?: number;
}

/** A schedule without work for so long is not kept open: it takes memory. The next ring opens it again. */
const QUIET_MS = 30_000;
const TELL_AGE_MS = 2000;
const MOST_AWAKE = 400;
/** How long a busy schedule keeps others from their turn, where there are more. */
const TURN_MS = 500;

/**
 * Serves the schedules that have their home in this process, as long as they have work: any number of them over one
 * connection. What is rung for is opened at once; every round looks for what was missed, and closes what is quiet.
 */
export class ScheduleWorkers {
  readonly workerId = uuidv7();
  readonly #parts: ScheduleWorkersParts;
  readonly #homes: Homes;
  readonly #round: Round;
  readonly #shared: RedisConnection;
  readonly #servedParts: ServedScheduleParts;
  readonly #served = new Map<string, ServedSchedule>();
  readonly #turns: Turns;
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #rungWhileClosing = new Set<string>();
  #isStopped = false;

  private constructor(parts: ScheduleWorkersParts) {
    this.#parts = parts;
    this.#homes = new Homes(this.workerId);
    this.#turns = new Turns(parts.mostAwake ?? MOST_AWAKE, TURN_MS, (scheduleId) => this.#wake(scheduleId));
    this.#round = createRound(parts.redis, this.workerId, TIMES.workerSilentMs);
    this.#shared = sharedConnection(parts.connection);
    this.#servedParts = { ...parts, backends: bellBackends(this.#shared) };
  }

  static async start(parts: ScheduleWorkersParts): Promise<ScheduleWorkers> {
    const workers = new ScheduleWorkers(parts);
    workers.#stops.push(
      await parts.subscriptions.listen(BELL_CHANNEL, (message) => workers.#hear(message)),
      workers.#repeat(TIMES.roundMs, 'look for work', async () => workers.#look()),
      workers.#repeat(TIMES.renewLocksMs, 'renew locks', async () => workers.#renewLocks()),
      workers.#repeat(TELL_AGE_MS, 'tell how old the oldest batch is', async () => workers.#tellAge()),
    );
    return workers;
  }

  /** The schedules that it has open: those with work, or that had some a moment ago. */
  get serving(): string[] {
    return [...this.#served.keys()];
  }

  /** Hands over what it serves, once the jobs under way have ended. */
  async close(): Promise<void> {
    this.#isStopped = true;
    const [stopHearing, stopLooking, stopRenewing, stopTelling] = this.#stops;
    await Promise.all([stopHearing?.(), stopLooking?.(), stopTelling?.()]);
    await this.#round.leave().catch((error: unknown) => this.#fault(error, 'leave'));
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
    if (known?.isClosing === true) this.#rungWhileClosing.add(scheduleId);
    else if (known !== undefined) known.ring();
    else this.#open(scheduleId);
    return known?.isClosing !== true;
  }

  #open(scheduleId: string): void {
    const turn = {
      mustYield: () => this.#turns.isOver(scheduleId),
      onSleep: (isYielding: boolean) => {
        this.#turns.ended(scheduleId);
        if (isYielding) this.#turns.ask(scheduleId);
      },
    };
    this.#served.set(scheduleId, new ServedSchedule(this.#servedParts, scheduleId, turn));
  }

  /** Never rejects. @param handOver another process is to look at once */
  async #close(schedule: ServedSchedule, handOver: boolean): Promise<void> {
    const { scheduleId } = schedule;
    try {
      await schedule.close();
      if (handOver) await this.#parts.bell.ring(scheduleId);
    } catch (error) {
      this.#fault(error, 'close a schedule'); // The list has it still: whoever is its home finds it.
    }
    this.#served.delete(scheduleId);
    this.#turns.ended(scheduleId);
    if (this.#rungWhileClosing.delete(scheduleId)) this.#turns.ask(scheduleId);
  }

  /** Waits for no single schedule: in a cluster its node may be away, and others must not be kept from their round. */
  async #look(): Promise<void> {
    const { workerIds, rung } = await this.#round.look();
    this.#homes.update(workerIds);
    const isHere = ({ scheduleId }: { scheduleId: string }): boolean => this.#homes.isHere(scheduleId);
    const open = [...this.#served.values()].filter(({ isClosing }) => !isClosing);
    for (const schedule of open) if (!isHere(schedule)) void this.#close(schedule, true);
    for (const { scheduleId } of rung.filter(isHere)) {
      if (!this.#served.has(scheduleId)) this.#turns.ask(scheduleId);
    }
    const rungAt = new Map(rung.map((each) => [each.scheduleId, each.rungAt]));
    const idle = open.filter((schedule) => isHere(schedule) && schedule.idleMs >= TIMES.roundMs);
    this.#inspect(idle, rungAt);
    await this.#closeQuiet(idle, rungAt);
    this.#parts.metrics.schedulesServed.set(this.#served.size);
    this.#parts.metrics.workersAlive.set(this.#homes.count);
  }

  /** Looks into the queues of those that were rung since they were found empty. */
  #inspect(idle: readonly ServedSchedule[], rungAt: ReadonlyMap<string, string>): void {
    for (const schedule of idle) {
      const { scheduleId } = schedule;
      const ring = rungAt.get(scheduleId);
      if (ring === undefined || schedule.isSettled(ring) || this.#turns.isWaiting(scheduleId)) continue;
      schedule.hasWork(ring).then(
        (hasWork) => hasWork && this.#turns.ask(scheduleId),
        (error: unknown) => this.#fault(error, 'look into a queue'),
      );
    }
  }

  /** Closes those that have been quiet for long, unless they are rung in this very moment. */
  async #closeQuiet(idle: readonly ServedSchedule[], rungAt: ReadonlyMap<string, string>): Promise<void> {
    const quiet = idle.filter(({ idleMs }) => idleMs >= (this.#parts.quietMs ?? QUIET_MS));
    const unlisted = quiet.filter(({ scheduleId }) => !rungAt.has(scheduleId));
    const settled = quiet.flatMap(({ scheduleId, settled: found }): Settled[] =>
      found === null || found.rungAt !== rungAt.get(scheduleId) ? [] : [{ scheduleId, ...found }],
    );
    const struckOff = new Set(await this.#round.strikeOff(settled));
    for (const schedule of [...unlisted, ...quiet.filter(({ scheduleId }) => struckOff.has(scheduleId))]) {
      void this.#close(schedule, false);
    }
  }

  async #renewLocks(): Promise<void> {
    for (const schedule of this.#served.values()) {
      schedule.renewLock().catch((error: unknown) => this.#fault(error, 'renew a lock'));
    }
  }

  async #tellAge(): Promise<void> {
    const withWork = [...this.#served.keys(), ...this.#turns.waiting];
    this.#parts.metrics.oldestBatchAge.set(await oldestBatchAgeSeconds(this.#parts.redis, withWork));
  }

  #repeat(everyMs: number, task: string, run: () => Promise<void>): () => Promise<void> {
    return repeat(everyMs, run, (error) => this.#fault(error, task));
  }

  #fault(error: unknown, task: string): void {
    this.#parts.logger.warn({ err: error, task }, 'will try again');
  }
}

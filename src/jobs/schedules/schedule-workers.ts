// Lives in the worker process.
import type { RedisClient } from '../../lib/redis';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { repeat } from '../../lib/repeat';
import type { Subscriptions } from '../../lib/subscriptions';
import { type Bell, BELL_CHANNEL, BELL_SEPARATOR } from '../queues/bell';
import { sharedConnection } from '../queues/shared-connection';
import { oldestBatchAgeSeconds } from './backlog-age';
import { bellBackends } from './bell-backend';
import { Homes } from './homes';
import { createRound, type Rung, type Settled } from './round';
import type { ScheduleJob } from './schedule-jobs';
import { LOCK_MS, ServedSchedule, type ServedScheduleParts } from './served-schedule';

export interface ScheduleWorkers {
  /** Hands over what it serves, once the jobs under way have ended. */
  close(): Promise<void>;
}

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

/**
 * Serves the schedules that have their home in this process, as long as they have work: any number of them over one
 * connection. What is rung for is opened at once; every round looks for what was missed, and closes what is quiet.
 */
export async function startScheduleWorkers(parts: ScheduleWorkersParts): Promise<ScheduleWorkers> {
  const { connection, bell, logger, metrics } = parts;
  const workerId = uuidv7();
  const homes = new Homes(workerId);
  const round = createRound(connection, workerId, SILENT_MS);
  const shared = sharedConnection(connection);
  const served = new Map<string, ServedSchedule>();
  const servedParts: ServedScheduleParts = { ...parts, backends: bellBackends(shared) };
  let stopped = false;

  function wake(scheduleId: string): void {
    if (stopped || !homes.isHere(scheduleId)) return;
    const known = served.get(scheduleId);
    // One that is closing stays on the list, and the next round opens it anew.
    if (known !== undefined) known.ring();
    else served.set(scheduleId, new ServedSchedule(servedParts, scheduleId));
  }

  /** @param handOver another process is to look at once */
  async function close(schedule: ServedSchedule, handOver: boolean): Promise<void> {
    await schedule.close();
    served.delete(schedule.scheduleId);
    if (handOver) await bell.ring(schedule.scheduleId);
  }

  async function look(): Promise<void> {
    const { workerIds, rung } = await round.look();
    homes.update(workerIds);
    const open = [...served.values()].filter(({ isClosing }) => !isClosing);
    const [here, elsewhere] = [open.filter(isHere), open.filter((schedule) => !isHere(schedule))];
    for (const schedule of elsewhere) background(close(schedule, true));
    for (const { scheduleId } of rung) if (!served.has(scheduleId)) wake(scheduleId);
    await settle(
      here.filter(({ idleMs }) => idleMs >= ROUND_MS),
      rung,
    );
    metrics.schedulesServed.set(served.size);
    metrics.workersAlive.set(homes.count);
  }

  const isHere = ({ scheduleId }: ServedSchedule): boolean => homes.isHere(scheduleId);

  /** Looks into the queues of idle schedules that were rung since they were found empty; closes those that stay quiet. */
  async function settle(idle: readonly ServedSchedule[], rung: readonly Rung[]): Promise<void> {
    const rungAt = new Map(rung.map((each) => [each.scheduleId, each.rungAt]));
    const quiet: ServedSchedule[] = [];
    const striking: Settled[] = [];
    await Promise.all(
      idle.map(async (schedule) => {
        const ring = rungAt.get(schedule.scheduleId);
        if (ring !== undefined && schedule.settled?.rungAt !== ring) {
          const { isEmpty, nextDueMs } = await schedule.inspect();
          schedule.settled = isEmpty ? { rungAt: ring, nextDueMs } : null;
        } else if (schedule.idleMs >= QUIET_MS) {
          if (ring === undefined) quiet.push(schedule);
          else
            striking.push({
              scheduleId: schedule.scheduleId,
              rungAt: ring,
              nextDueMs: schedule.settled?.nextDueMs ?? null,
            });
        }
      }),
    );
    const struck = new Set(await round.settle(striking));
    for (const schedule of [...quiet, ...idle.filter(({ scheduleId }) => struck.has(scheduleId))]) {
      background(close(schedule, false));
    }
  }

  const fault = (task: string) => (error: unknown) => logger.warn({ err: error, task }, 'will try again');
  const background = (work: Promise<void>): void => void work.catch(fault('close schedule'));

  const stopHearing = await parts.subscriptions.listen(BELL_CHANNEL, (message) => {
    message.split(BELL_SEPARATOR).forEach(wake);
  });
  const stopRounds = repeat(ROUND_MS, look, fault('look for work'));
  const stopRenewing = repeat(
    RENEW_LOCKS_MS,
    async () => Promise.all([...served.values()].map(async (each) => each.renewLock(RENEW_LOCKS_MS))),
    fault('renew locks'),
  );
  const stopTelling = repeat(
    TELL_AGE_MS,
    async () => metrics.oldestBatchAge.set(await oldestBatchAgeSeconds(connection, [...served.keys()])),
    fault('tell how old the oldest batch is'),
  );
  return {
    close: async () => {
      stopped = true;
      await Promise.all([stopRounds(), stopTelling()]);
      await stopHearing();
      await round.leave();
      await Promise.all([...served.values()].map(async (schedule) => close(schedule, true)));
      await stopRenewing();
      await shared.close();
    },
  };
}

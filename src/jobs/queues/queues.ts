// Lives in web and worker processes.
import { type JobsOptions, Queue } from 'bullmq';
import { LRUCache } from 'lru-cache';
import type { Bell } from './bell';
import { forgetQueue } from './forget-queue';
import { within } from '../../lib/deadline';
import type { RedisClient } from '../../lib/redis';
import {
  CLOCK_JOBS,
  type ClockJob,
  type OutcomeCounts,
  queuePrefix,
  SCHEDULE_JOB_OPTIONS,
  scheduleJobsPrefix,
  scheduleQueueName,
  type ScheduleJobs,
  KEPT_EVENTS,
} from './names';
import { ringingBackends } from './ringing-backend';
import { sharedConnection } from './shared-connection';

export type ScheduleQueue = Queue<ScheduleJobs[keyof ScheduleJobs], OutcomeCounts, keyof ScheduleJobs>;

export interface Queues {
  /** The queue of one schedule, to look at. Whoever adds a job does so by `add`, or nobody takes it. */
  schedule(scheduleId: string): ScheduleQueue;
  /** Puts a job into a schedule's queue, and rings for it. Rejects with the client's error: it may be there all the same. */
  add<Name extends keyof ScheduleJobs>(
    scheduleId: string,
    name: Name,
    data: ScheduleJobs[Name],
    options?: JobsOptions,
  ): Promise<void>;
  /** Rings for those of these schedules whose queues have waiting jobs: somebody may have died between adding and ringing. */
  ringForgotten(scheduleIds: readonly string[]): Promise<void>;
  clock(job: ClockJob): Queue;
  /** Removes the queue of a schedule that is over from Redis. @returns false when it was used lately: it stays */
  forget(scheduleId: string): Promise<boolean>;
  close(): Promise<void>;
}

// A queue's object keeps nothing that is not in Redis: those not used for long are made anew.
const KEPT_QUEUES = 2000;

/** All queues of a process, over one shared connection. */
export function createQueues(client: RedisClient, bell: Bell): Queues {
  const connection = sharedConnection(client);
  const backends = ringingBackends(connection, client, bell);
  const schedules = new LRUCache<string, ScheduleQueue>({ max: KEPT_QUEUES });
  const options = (name: string) => ({
    connection: client,
    prefix: queuePrefix(name),
    // Without it every new Queue costs another round trip; the connection was checked at start.
    skipVersionCheck: true,
  });
  const clocks = Object.fromEntries(
    Object.keys(CLOCK_JOBS).map((name) => [
      name,
      quiet(
        new Queue(
          name,
          {
            ...options(name),
            streams: { events: { maxLen: KEPT_EVENTS } },
            defaultJobOptions: { removeOnComplete: true, removeOnFail: { count: 50 } },
          },
          backends,
        ),
      ),
    ]),
  );

  function schedule(scheduleId: string): ScheduleQueue {
    const known = schedules.get(scheduleId);
    if (known !== undefined) return known;
    const name = scheduleQueueName(scheduleId);
    const queue: ScheduleQueue = quiet(
      new Queue(
        name,
        // What is kept of events is set by whoever serves the schedule: not with every new object.
        { ...options(name), skipMetasUpdate: true, defaultJobOptions: SCHEDULE_JOB_OPTIONS },
        backends,
      ),
    );
    schedules.set(scheduleId, queue);
    return queue;
  }

  return {
    schedule,
    add: async (scheduleId, name, data, jobOptions = {}) => {
      const { delay = 0 } = jobOptions;
      const ringLater = async (): Promise<void> => bell.ringAt(scheduleId, Date.now() + delay);
      try {
        await schedule(scheduleId).add(name, data, jobOptions);
      } catch (error) {
        // Redis may have taken it all the same, and be slow to say so.
        const ringing = delay > 0 ? ringLater() : bell.ring(scheduleId);
        ringing.catch(() => undefined);
        throw error;
      }
      // For what may be taken now its backend has rung.
      if (delay > 0) await ringLater();
    },
    ringForgotten: async (scheduleIds) => {
      const looks = await Promise.allSettled(
        scheduleIds.map(async (id) => {
          if ((await client.llen(scheduleJobsPrefix(id) + 'wait')) > 0) await bell.ring(id);
        }),
      );
      // Only now: a node that is away must not keep the others' schedules from being looked at.
      const failed = looks.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    clock: (job) => {
      const queue = clocks[job];
      if (queue === undefined) throw new Error(`No queue for ${job}`);
      return queue;
    },
    forget: async (scheduleId) => forgetQueue(client, scheduleQueueName(scheduleId)),
    close: async () => {
      await Promise.all(
        [...schedules.values(), ...Object.values(clocks)].map(async (queue) => queue.close()),
      );
      await connection.close();
    },
  };
}

/**
 * A queue tells of its connection's faults, and BullMQ prints what nobody listens to: each retry of an hour without Redis,
 * once per queue. The connection logs its faults itself, once each; an `add` that fails rejects.
 */
function quiet<Q extends Pick<Queue, 'on'>>(queue: Q): Q {
  queue.on('error', () => undefined);
  return queue;
}

/** Adds a job, but does not wait for ever: with Redis away an `add` can hang. An add that timed out may still happen. */
export async function addWithin(milliseconds: number, adding: Promise<unknown>): Promise<void> {
  await within<unknown>(milliseconds, adding, () => {
    throw new Error('Redis did not take the job in time');
  });
}

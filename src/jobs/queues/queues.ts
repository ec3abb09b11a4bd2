// Lives in web and worker processes.
import { Queue } from 'bullmq';
import type { RedisClient } from '../../lib/redis';
import {
  CLOCK_JOBS,
  type ClockJob,
  queuePrefix,
  SCHEDULE_JOB_OPTIONS,
  scheduleQueueName,
  type ScheduleJobs,
} from './names';

export type ScheduleQueue = Queue<ScheduleJobs[keyof ScheduleJobs], void, keyof ScheduleJobs>;

export interface Queues {
  /** The queue of one schedule; made on first use, cheap after. */
  schedule(scheduleId: string): ScheduleQueue;
  clock(job: ClockJob): Queue;
  /** Lets go of the queues of schedules that are not among these. */
  keepOnly(scheduleIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** All queues of a process, over one shared connection. */
export function createQueues(connection: RedisClient): Queues {
  const schedules = new Map<string, ScheduleQueue>();
  const options = (name: string) => ({
    connection,
    prefix: queuePrefix(name),
    // Without it every new Queue costs another round trip; the connection was checked at start.
    skipVersionCheck: true,
    streams: { events: { maxLen: 100 } },
  });
  const clocks = Object.fromEntries(
    Object.keys(CLOCK_JOBS).map((name) => [
      name,
      quiet(
        new Queue(name, {
          ...options(name),
          defaultJobOptions: { removeOnComplete: true, removeOnFail: { count: 50 } },
        }),
      ),
    ]),
  );

  return {
    schedule: (scheduleId) => {
      const known = schedules.get(scheduleId);
      if (known !== undefined) return known;
      const name = scheduleQueueName(scheduleId);
      const queue: ScheduleQueue = quiet(
        new Queue(name, { ...options(name), defaultJobOptions: SCHEDULE_JOB_OPTIONS }),
      );
      schedules.set(scheduleId, queue);
      return queue;
    },
    clock: (job) => {
      const queue = clocks[job];
      if (queue === undefined) throw new Error(`No queue for ${job}`);
      return queue;
    },
    keepOnly: async (scheduleIds) => {
      const keep = new Set(scheduleIds);
      const gone = [...schedules].filter(([scheduleId]) => !keep.has(scheduleId));
      for (const [scheduleId] of gone) schedules.delete(scheduleId);
      await Promise.all(gone.map(async ([, queue]) => queue.close()));
    },
    close: async () => {
      await Promise.all(
        [...schedules.values(), ...Object.values(clocks)].map(async (queue) => queue.close()),
      );
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
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Redis did not take the job in time')), milliseconds);
  });
  try {
    await Promise.race([adding, late]);
  } finally {
    clearTimeout(timer);
    adding.catch(() => undefined);
  }
}

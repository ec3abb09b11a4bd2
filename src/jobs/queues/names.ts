// Lives in web and worker processes.
import type { JobsOptions } from 'bullmq';
import type { Command } from '../../booking/types';
import { TIMES } from '../../lib/times';

/** Jobs of a schedule's own queue, by name, with what each carries. */
export interface ScheduleJobs {
  /**
   * Decide these commands, in this order. `replyTo`: the web process to tell; `polled`: the ids of those whose
   * outcomes will be asked for, and are therefore noted.
   */
  commands: { batchId: string; replyTo: string; commands: Command[]; polled: string[] };
  /** Release the holds that have ended. */
  release: Record<string, never>;
  /** Decide the commands that were recorded before this moment of the database's clock and have lost their own job. */
  recover: { beforeMs: number };
  /** Go on with the cancellation of this date, behind that seat: what was before it is done, or cannot be done now. */
  callOff: { calledOff: true; afterSeat?: number };
}

/** What a job leaves to be looked at: how many commands ended how, by `completed` or the code of a problem. */
export type OutcomeCounts = Record<string, number>;

/** Jobs that repeat by the clock, each on a queue of its own name. */
export const CLOCK_JOBS = {
  /** Ticks every waiting room. */
  admission: { everyMs: TIMES.admissionEveryMs },
  /** Goes on with the draws of rooms that open. */
  draw: { everyMs: TIMES.admissionEveryMs },
  /** Finds work that is due and that no job carries. */
  due: { everyMs: TIMES.dueEveryMs },
  /** Puts right what a crash or a Redis loss left behind. */
  upkeep: { everyMs: TIMES.upkeepEveryMs },
  /** Forgets what is over. */
  retention: { everyMs: TIMES.retentionEveryMs },
  /** Notes how the sale stands, for the operators' desk. */
  sampling: { everyMs: TIMES.samplingEveryMs },
} as const;

export type ClockJob = keyof typeof CLOCK_JOBS;
export const CLOCK_NAMES: readonly ClockJob[] = [
  'admission',
  'draw',
  'due',
  'upkeep',
  'retention',
  'sampling',
];

export const scheduleQueueName = (scheduleId: string): string => `schedule-${scheduleId}`;

/** @returns null for a name that is no schedule's queue */
export const scheduleIdOf = (queueName: string): string | null =>
  /^schedule-([1-9]\d{0,17})$/.exec(queueName)?.[1] ?? null;

/** The hash tag keeps each queue's keys in one slot of a Redis Cluster, and spreads the queues over the slots. */
export const queuePrefix = (queueName: string): string => `frontrow:{${queueName}}`;

/** Events that each queue's stream keeps: nobody reads more than the last few. BullMQ would keep far more. */
export const KEPT_EVENTS = 100;

/** What the keys of a schedule's queue begin with: those of its lists, and those of its jobs. */
export const scheduleJobsPrefix = (scheduleId: string): string => {
  const name = scheduleQueueName(scheduleId);
  return `${queuePrefix(name)}:${name}:`;
};

/** What a job leaves behind: a few for operators to look at in the dashboard. */
export const SCHEDULE_JOB_OPTIONS: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 200 },
  removeOnComplete: { count: 20 },
  removeOnFail: { count: 100 },
};

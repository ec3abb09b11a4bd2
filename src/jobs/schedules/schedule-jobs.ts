// Lives in the worker process.
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { Command } from '../../booking/types';
import type { CommandStore } from '../../models/command-store';
import { afterCommit, type AfterCommitParts } from './after-commit';
import { callOffForAMoment, type CallingOffParts } from './calling-off';
import type { SharedTransactions } from './shared-transaction';
import type { OutcomeCounts, ScheduleJobs } from '../queues/names';
import type { OutcomeChannel } from '../outcomes/channel';
import { endingOf } from '../outcomes/outcomes';
import type { DecidedGroup } from './run-group';

export interface ScheduleJobParts extends AfterCommitParts, CallingOffParts {
  store: CommandStore;
  transactions: SharedTransactions;
  outcomeChannel: OutcomeChannel;
}

export type ScheduleJob = Job<ScheduleJobs[keyof ScheduleJobs], OutcomeCounts, keyof ScheduleJobs>;

// Of commands in one transaction, as in a batch.
export const RECOVER_LIMIT = 500;

/** One job of a schedule's queue. Every one of them may run twice, or beside its own copy: Postgres decides. */
export async function processScheduleJob(
  parts: ScheduleJobParts,
  scheduleId: string,
  job: ScheduleJob,
): Promise<OutcomeCounts> {
  const { data } = job;
  if (isBatch(data)) return carryOut(parts, scheduleId, job, data);
  if ('beforeMs' in data) return recover(parts, scheduleId, job, data.beforeMs);
  if ('calledOff' in data) return callOff(parts, scheduleId, job, data.afterSeat ?? 0);
  return release(parts, scheduleId, job);
}

const isBatch = (data: ScheduleJob['data']): data is ScheduleJobs['commands'] => 'batchId' in data;

async function carryOut(
  parts: ScheduleJobParts,
  scheduleId: string,
  job: ScheduleJob,
  { batchId, replyTo, commands, polled }: ScheduleJobs['commands'],
): Promise<OutcomeCounts> {
  parts.metrics.queueSeconds.observe(Math.max(0, Date.now() - job.timestamp) / 1000);
  const groups = await decide(parts, scheduleId, job.id, commands);
  const following = follow(parts, groups, new Set(polled));
  // Whoever hears of a payment finds the admission over. The rest is sent before the outcomes, on the same connection.
  if (commands.some(({ kind }) => kind === 'pay')) await following;
  const finished = groups.flatMap(({ ended, endedBefore }) => [...ended, ...endedBefore]);
  const told = parts.outcomeChannel.tell(replyTo, { batchId, scheduleId, finished });
  await told.catch((error: unknown) => {
    parts.logger.warn({ err: error, batchId }, 'outcomes were not told: those who wait will ask');
  });
  await following;
  return countedOutcomes(groups);
}

/**
 * Goes on until none is left, before whatever waits in the queue: these commands were acknowledged earlier.
 * @throws WaitingError by which BullMQ knows that the job is in the queue again
 */
async function recover(
  parts: ScheduleJobParts,
  scheduleId: string,
  job: ScheduleJob,
  beforeMs: number,
): Promise<OutcomeCounts> {
  const commands = await parts.store.queued(scheduleId, beforeMs, RECOVER_LIMIT);
  parts.metrics.repairs.inc({ repair: 'command' }, commands.length);
  const groups = await decide(parts, scheduleId, job.id, commands);
  await follow(parts, groups, new Set(commands.map(({ id }) => id)));
  if (commands.length < RECOVER_LIMIT) return countedOutcomes(groups);
  await job.moveToWait(job.token);
  throw new WaitingError();
}

/**
 * Any transaction of a schedule releases some of the holds that have ended, also one without commands. This goes on until
 * none is left, behind whatever waits in the queue: thousands that end together must not keep commands waiting.
 * @throws DelayedError by which BullMQ knows that the job is in the queue again
 */
async function release(
  parts: ScheduleJobParts,
  scheduleId: string,
  job: ScheduleJob,
): Promise<OutcomeCounts> {
  const groups = await decide(parts, scheduleId, job.id, []);
  await follow(parts, groups, new Set());
  if (!groups.some(({ moreDue }) => moreDue)) return {};
  await job.moveToDelayed(Date.now(), job.token);
  throw new DelayedError();
}

/**
 * Goes on until no booking of a date that was called off is live, behind whatever waits in the queue.
 * @throws DelayedError by which BullMQ knows that the job is in the queue again
 */
async function callOff(
  parts: ScheduleJobParts,
  scheduleId: string,
  job: ScheduleJob,
  afterSeat: number,
): Promise<OutcomeCounts> {
  const follow = async (decided: DecidedGroup) => afterCommit(parts, decided, new Set());
  const goOnAfter = await callOffForAMoment(parts, { scheduleId, afterSeat }, follow);
  if (goOnAfter === null) return {};
  if (goOnAfter !== afterSeat) await job.updateData({ calledOff: true, afterSeat: goOnAfter });
  await job.moveToDelayed(Date.now(), job.token);
  throw new DelayedError();
}

async function decide(
  parts: ScheduleJobParts,
  scheduleId: string,
  jobId: string | undefined,
  commands: readonly Command[],
): Promise<DecidedGroup[]> {
  const groups = await parts.transactions.decide({ scheduleId, commands });
  if (parts.logger.isLevelEnabled('debug')) {
    const commandIds = commands.map((command) => command.id);
    parts.logger.debug({ scheduleId, jobId, commandIds }, 'group decided');
  }
  return groups;
}

/** Without those that had ended before: another job has counted them. */
function countedOutcomes(groups: readonly DecidedGroup[]): OutcomeCounts {
  const counts: OutcomeCounts = {};
  for (const { ended } of groups) {
    for (const command of ended) {
      const ending = endingOf(command);
      counts[ending] = (counts[ending] ?? 0) + 1;
    }
  }
  return counts;
}

/** Never rejects: what follows from a commit may fail, and is repaired. */
async function follow(
  parts: ScheduleJobParts,
  groups: readonly DecidedGroup[],
  polled: ReadonlySet<string>,
): Promise<void> {
  for (const group of groups) await afterCommit(parts, group, polled);
}

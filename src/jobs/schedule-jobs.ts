import type { Job } from 'bullmq';
import type { Command } from '../booking/types';
import type { CommandStore } from '../models/command-store';
import { afterCommit, type AfterCommitParts } from './after-commit';
import type { Committer } from './committer';
import type { ScheduleJobs } from './names';
import type { Replies } from './replies';
import type { GroupResult } from './run-group';

export interface ScheduleJobParts extends AfterCommitParts {
  store: CommandStore;
  committer: Committer;
  replies: Replies;
}

export type ScheduleJob = Job<ScheduleJobs[keyof ScheduleJobs], void, keyof ScheduleJobs>;

// Long enough that a command's own job has had its turn.
export const STALE_COMMAND_MS = 5000;
const RECOVER_LIMIT = 500;

/** One job of a schedule's queue. Every one of them may run twice, or beside its own copy: Postgres decides. */
export async function processScheduleJob(
  parts: ScheduleJobParts,
  scheduleId: string,
  job: ScheduleJob,
): Promise<void> {
  if ('commands' in job.data) {
    const { batchId, replyTo, commands, polled } = job.data;
    parts.metrics.queueSeconds.observe(Math.max(0, Date.now() - job.timestamp) / 1000);
    const results = await decided(parts, scheduleId, job.id, commands);
    const following = follow(parts, results, new Set(polled));
    // Whoever hears of a payment finds the admission over. The rest is sent before the reply, on the same connection.
    if (commands.some(({ kind }) => kind === 'pay')) await following;
    const finished = results.flatMap((result) => result.finished);
    await parts.replies.send(replyTo, { batchId, scheduleId, finished }).catch((error: unknown) => {
      parts.logger.warn({ err: error, batchId }, 'a reply was not sent: its requests will ask');
    });
    await following;
    return;
  }
  const isRecovery = job.name === 'recover';
  // Any transaction of a schedule releases the holds that have ended, also one without commands.
  const commands = isRecovery ? await parts.store.queued(scheduleId, STALE_COMMAND_MS, RECOVER_LIMIT) : [];
  if (isRecovery) parts.metrics.repairs.inc({ repair: 'command' }, commands.length);
  const results = await decided(parts, scheduleId, job.id, commands);
  await follow(parts, results, new Set(commands.map(({ id }) => id)));
}

async function decided(
  parts: ScheduleJobParts,
  scheduleId: string,
  jobId: string | undefined,
  commands: readonly Command[],
): Promise<GroupResult[]> {
  const results = await parts.committer.commit({ scheduleId, commands });
  if (parts.logger.isLevelEnabled('debug')) {
    const commandIds = commands.map((command) => command.id);
    parts.logger.debug({ scheduleId, jobId, commandIds }, 'group decided');
  }
  return results;
}

/** Never rejects: what follows from a commit may fail, and is repaired. */
async function follow(
  parts: ScheduleJobParts,
  results: readonly GroupResult[],
  polled: ReadonlySet<string>,
): Promise<void> {
  for (const result of results) await afterCommit(parts, result, polled);
}

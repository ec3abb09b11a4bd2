import type { Job } from 'bullmq';
import type { Command } from '../booking/types';
import type { CommandStore } from '../models/command-store';
import { afterCommit, type AfterCommitParts } from './after-commit';
import type { Committer } from './committer';
import type { ScheduleJobs } from './names';
import type { Finished } from './outcomes';
import { sendReply } from './replies';

export interface ScheduleJobParts extends AfterCommitParts {
  store: CommandStore;
  committer: Committer;
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
    const finished = await decideAndFollow(parts, scheduleId, job.id, commands, new Set(polled));
    await sendReply(parts.redis, replyTo, { batchId, scheduleId, finished }).catch((error: unknown) => {
      parts.logger.warn({ err: error, batchId }, 'a reply was not sent: its requests will ask');
    });
    return;
  }
  if (job.name === 'recover') {
    const commands = await parts.store.queued(scheduleId, STALE_COMMAND_MS, RECOVER_LIMIT);
    parts.metrics.repairs.inc({ repair: 'command' }, commands.length);
    await decideAndFollow(parts, scheduleId, job.id, commands);
    return;
  }
  await decideAndFollow(parts, scheduleId, job.id, []); // Any transaction of a schedule releases the holds that have ended.
}

async function decideAndFollow(
  parts: ScheduleJobParts,
  scheduleId: string,
  jobId: string | undefined,
  commands: readonly Command[],
  polled: ReadonlySet<string> = new Set(commands.map((command) => command.id)),
): Promise<Finished[]> {
  const results = await parts.committer.commit({ scheduleId, commands });
  for (const result of results) await afterCommit(parts, result, polled);
  if (parts.logger.isLevelEnabled('debug')) {
    const commandIds = commands.map((command) => command.id);
    parts.logger.debug({ scheduleId, jobId, commandIds }, 'group decided');
  }
  return results.flatMap((result) => result.finished);
}

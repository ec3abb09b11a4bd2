import { z } from 'zod';
import type { Job } from '../../jobs/outcomes/outcomes';
import { uuidTime } from '../../lib/ids';
import { isProblemCode, Problem, PROBLEMS } from '../../lib/problems';
import type { EndedCommand } from '../../models/command-store';

// What a queued job's owner is told to wait: most commands end well within that.
export const JOB_POLL_AFTER_MS = 250;

/** A job as clients see it. */
export interface PresentedJob {
  id: string;
  kind: Job['kind'];
  status: Job['status'];
  createdAt: string;
  finishedAt: string | null;
  result: unknown;
  error: unknown;
  pollAfterMs: number | null;
}

export function presentJob(job: Job): PresentedJob {
  const { id, kind, status } = job;
  // Ids tell the time of their making, so that every process says the same without asking.
  const of = { id, kind, status, createdAt: iso(uuidTime(id)) };
  if (job.status === 'queued') {
    return { ...of, finishedAt: null, result: null, error: null, pollAfterMs: JOB_POLL_AFTER_MS };
  }
  const isCompleted = job.status === 'completed';
  return {
    ...of,
    finishedAt: iso(job.finishedAtMs),
    result: isCompleted ? job.outcome : null,
    error: isCompleted ? null : presentReason(job.outcome),
    pollAfterMs: null,
  };
}

// Outcomes stored before title and status were added here have them inside.
const Reason = z.looseObject({
  code: z.string(),
  detail: z.string(),
  title: z.string().optional(),
  status: z.int().optional(),
});

/** Why a command was refused or failed, with the title and status of its code; those that it was stored with stay. */
function presentReason(outcome: unknown): object {
  const { code, detail, ...members } = Reason.parse(outcome);
  if (!isProblemCode(code)) return { code, detail, ...members };
  const { title, status } = PROBLEMS[code];
  return { code, title, detail, status, ...members };
}

/** The same as a problem of its own status, for who waited. */
export function problemOfJob({ id, outcome }: EndedCommand, headers: Record<string, string>): Problem {
  const { code, detail, title: _title, status: _status, ...members } = Reason.parse(outcome);
  if (!isProblemCode(code)) throw new Error(`Job ${id} ended with an unknown code ${code}`);
  return new Problem(code, detail, { members: { ...members, jobId: id }, headers });
}

const iso = (ms: number): string => new Date(ms).toISOString();

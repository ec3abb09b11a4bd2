import { z } from 'zod';
import type { EndedJob } from '../../jobs/outcomes/ended-job';
import type { Job } from '../../jobs/outcomes/outcomes';
import { uuidTime } from '../../lib/ids';
import { isProblemCode, Problem, PROBLEMS } from '../../lib/problems';

// What a queued job's owner is told to wait: most commands end well within that.
export const JOB_POLL_AFTER_MS = 250;

/** The commands of a batch end in one moment, and many begin in one: each is put into words once in a row. */
function wording(): (ms: number) => string {
  let last = { ms: NaN, text: '' };
  return (ms) => {
    if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
    return last.text;
  };
}
const created = wording();
const finished = wording();

/**
 * A job as clients see it (`JobAnswer`), as JSON: what a completed one came to is JSON already, and goes into the answer as
 * it is.
 */
export function jobJson(job: Job): string {
  const { id, kind, status } = job;
  // Ids tell the time of their making, so that every process says the same without asking.
  const head = `{"job":{"id":"${id}","kind":"${kind}","status":"${status}","createdAt":"${created(uuidTime(id))}"`;
  if (job.status === 'queued') {
    return `${head},"finishedAt":null,"result":null,"error":null,"pollAfterMs":${JOB_POLL_AFTER_MS}}}`;
  }
  const isCompleted = job.status === 'completed';
  const result = isCompleted ? job.outcome : 'null';
  const error = isCompleted ? 'null' : JSON.stringify(presentReason(job.outcome));
  return `${head},"finishedAt":"${finished(job.finishedAtMs)}","result":${result},"error":${error},"pollAfterMs":null}}`;
}

// Outcomes stored before title and status were added here have them inside.
const Reason = z.looseObject({
  code: z.string(),
  detail: z.string(),
  title: z.string().optional(),
  status: z.int().optional(),
});

/** Why a command was refused or failed, with the title and status of its code; those that it was stored with stay. */
function presentReason(outcome: string): object {
  const { code, detail, ...members } = Reason.parse(JSON.parse(outcome));
  if (!isProblemCode(code)) return { code, detail, ...members };
  const { title, status } = PROBLEMS[code];
  return { code, title, detail, status, ...members };
}

/** The same as a problem of its own status, for who waited. */
export function problemOfJob({ id, outcome }: EndedJob, headers: Record<string, string>): Problem {
  const { code, detail, title: _title, status: _status, ...members } = Reason.parse(JSON.parse(outcome));
  if (!isProblemCode(code)) throw new Error(`Job ${id} ended with an unknown code ${code}`);
  return new Problem(code, detail, { members: { ...members, jobId: id }, headers });
}

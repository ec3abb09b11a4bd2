import type { Submission } from '../../jobs/gate/command-gate';
import type { Job } from '../../jobs/outcomes/outcomes';
import type { Context, Reply } from '../endpoint';
import { REPLAYED } from '../idempotency';
import { JOB_POLL_AFTER_MS, jobJson, problemOfJob } from './presenter';
import { TIMES } from '../../lib/times';

export interface WaitPreference {
  seconds: number;
}

const LONGEST_WAIT_SECONDS = TIMES.longestWaitMs / 1000;

/** `Prefer: wait=N` (RFC 7240), cut to what the service allows; null when absent or not understood, as preferences are. */
export function waitPreference(ctx: Context): WaitPreference | null {
  const sent = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?=$|[,;\s])/i.exec(ctx.get('prefer'))?.[1];
  if (sent === undefined) return null;
  return { seconds: Math.min(Number(sent), LONGEST_WAIT_SECONDS) };
}

export function waitQueryMs(seconds: number | undefined): number {
  return Math.min(seconds ?? 0, LONGEST_WAIT_SECONDS) * 1000;
}

// To take every query apart, only to see this, would cost every poll.
const NAMES_WAIT = /wait|%/;

/** How long this request may take beyond an ordinary one. */
export function waitMsOf(ctx: Context): number {
  if (!NAMES_WAIT.test(ctx.querystring)) return (waitPreference(ctx)?.seconds ?? 0) * 1000;
  const query = Number(ctx.query['wait'] ?? 0);
  return Math.max(
    (waitPreference(ctx)?.seconds ?? 0) * 1000,
    waitQueryMs(Number.isFinite(query) ? query : 0),
  );
}

/** 202, unless the request asked to wait and the outcome came in time. @throws Problem the refusal, for who waited */
export function submissionReply({ job, replayed }: Submission, wait: WaitPreference | null): Reply {
  const headers: Record<string, string> = replayed ? { ...REPLAYED } : {};
  if (wait === null || job.status === 'queued') {
    return {
      status: 202,
      json: jobJson(job),
      headers: { ...headers, Location: `/api/jobs/${job.id}`, ...retryAfter(job) },
    };
  }
  headers['Preference-Applied'] = `wait=${wait.seconds}`;
  if (job.status !== 'completed') throw problemOfJob(job, headers);
  return { status: 200, json: jobJson(job), headers };
}

export function jobReply(job: Job): Reply {
  return {
    status: 200,
    json: jobJson(job),
    headers: { 'Cache-Control': 'no-store', ...retryAfter(job) },
  };
}

function retryAfter({ status }: Job): Record<string, string> {
  if (status !== 'queued') return {};
  return { 'Retry-After': String(Math.ceil(JOB_POLL_AFTER_MS / 1000)) };
}

import { z } from 'zod';
import type { Submission } from '../../jobs/gate/command-gate';
import { isProblemCode, Problem } from '../../lib/problems';
import type { Context, Reply } from '../endpoint';
import { REPLAYED } from '../idempotency';

type Job = Submission['job'];

export interface WaitPreference {
  seconds: number;
}

const LONGEST_WAIT_SECONDS = 10;

/** `Prefer: wait=N` (RFC 7240), cut to what the service allows; null when absent or not understood, as preferences are. */
export function waitPreference(ctx: Context): WaitPreference | null {
  const sent = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?=$|[,;\s])/i.exec(ctx.get('prefer'))?.[1];
  if (sent === undefined) return null;
  return { seconds: Math.min(Number(sent), LONGEST_WAIT_SECONDS) };
}

export function waitQueryMs(seconds: number | undefined): number {
  return Math.min(seconds ?? 0, LONGEST_WAIT_SECONDS) * 1000;
}

/** How long this request may take beyond an ordinary one. */
export function waitMsOf(ctx: Context): number {
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
      body: { job },
      headers: { ...headers, Location: `/api/jobs/${job.id}`, ...retryAfter(job) },
    };
  }
  headers['Preference-Applied'] = `wait=${wait.seconds}`;
  if (job.status !== 'completed') throw refusal(job, headers);
  return { status: 200, body: { job }, headers };
}

export function jobReply(job: Job): Reply {
  return { status: 200, body: { job }, headers: { 'Cache-Control': 'no-store', ...retryAfter(job) } };
}

function retryAfter({ status, pollAfterMs }: Job): Record<string, string> {
  if (status !== 'queued') return {};
  return { 'Retry-After': String(Math.ceil((pollAfterMs ?? 1000) / 1000)) };
}

const StoredError = z.looseObject({
  code: z.string(),
  detail: z.string(),
  title: z.unknown(),
  status: z.unknown(),
});

/** The stored error as a problem of its own status. */
function refusal(job: Job, headers: Record<string, string>): Problem {
  const { code, detail, title: _title, status: _status, ...members } = StoredError.parse(job.error);
  if (!isProblemCode(code)) throw new Error(`Job ${job.id} ended with an unknown code ${code}`);
  return new Problem(code, detail, { members: { ...members, jobId: job.id }, headers });
}

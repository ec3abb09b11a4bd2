import { answered, type Calls } from './calls';
import type { components } from './contract';
import { pause } from './pause';
import { FrontrowProblem, StillQueuedError } from './problem';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type Ended<Kind extends Schemas['CompletedJob']['kind']> = Extract<
  Schemas['CompletedJob'],
  { kind: Kind }
>;

/** The longest that the service holds an answer open. */
const LONGEST_WAIT_MS = 10_000;
/** What to ask it for, in whole seconds. */
export const waitSeconds = (withinMs: number): number =>
  Math.floor(Math.min(withinMs, LONGEST_WAIT_MS) / 1000);

const isOf = <Kind extends Schemas['CompletedJob']['kind']>(job: Job, kind: Kind): job is Ended<Kind> =>
  job.status === 'completed' && job.kind === kind;

/**
 * What a command came to, however long its queue is.
 * @param sent the command's own answer, which may be its end already
 * @throws FrontrowProblem the refusal, as the call itself would have answered it
 * @throws StillQueuedError when it has not ended in time
 */
export async function ended<Kind extends Schemas['CompletedJob']['kind']>(
  calls: Calls,
  kind: Kind,
  sent: Promise<{ data?: { job: Job }; error?: unknown; response: Response }>,
  { withinMs, signal }: { withinMs: number; signal?: AbortSignal | undefined },
): Promise<Ended<Kind>> {
  const givenUpAt = Date.now() + withinMs;
  let { job } = await answered(sent);
  while (job.status === 'queued') {
    if (Date.now() >= givenUpAt) throw new StillQueuedError(job.id);
    const { id, pollAfterMs } = job;
    const wait = waitSeconds(givenUpAt - Date.now());
    const asked = { params: { path: { jobId: id }, query: { wait } } };
    ({ job } = await answered(calls.GET('/api/jobs/{jobId}', { ...asked, ...(signal && { signal }) })));
    if (job.status === 'queued') await pause(pollAfterMs, signal);
  }
  if (isOf(job, kind)) return job;
  if (job.status === 'completed') throw new Error(`Job ${job.id} is a ${job.kind}, not a ${kind}`);
  throw new FrontrowProblem({ ...job.error, type: 'about:blank' }, job.error.status, null);
}

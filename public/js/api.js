import { sleep } from './dom.js';
import { isAway, NO_CONNECTION, ProblemError, problemOf, worded } from './problem.js';
import { session } from './session.js';

// What is queued may be answered while the client still waits; a longer wait would look like nothing happens.
const WAIT_SECONDS = 5;
const TRIES = 4;
let clockAhead = 0;

/** The service's time: holds end by its clock, and this machine's may be wrong. */
export const serverNow = () => Date.now() + clockAhead;

/** Sends a request as whoever is signed in. @throws ProblemError for every answer of 400 and above */
export async function send(method, path, { body, headers = {}, concertId, signal } = {}) {
  const token = session.accessToken;
  const queueToken = concertId === undefined ? null : session.queueToken(concertId);
  const response = await fetch(path, {
    method,
    signal,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(queueToken === null ? {} : { 'X-Queue-Token': queueToken }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(broken);
  readClock(response);
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  // Whatever was being done, it cannot go on without signing in again. A later sign-in must not be undone.
  if (problem.code.startsWith('TOKEN_') && session.accessToken === token) session.signOut(problem);
  throw problem;
}

/** The line broke, or whoever asked does not want to know any more. */
function broken(error) {
  throw error.name === 'AbortError' ? error : new ProblemError(worded(NO_CONNECTION));
}

/** Reads a JSON body. An answer that breaks off in its middle is as good as none. */
export const read = (response) => response.json().catch(broken);

/** The same as send, for answers with a JSON body. */
export async function ask(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : read(response);
}

/**
 * Books, pays or cancels, and gives the result of the job. One call is one attempt with one idempotency key: it is
 * repeated when the connection breaks or the service is busy, and still carried out once.
 * @throws ProblemError why it was refused
 */
export async function command(path, { body, concertId } = {}) {
  const headers = { 'Idempotency-Key': newKey(), Prefer: `wait=${WAIT_SECONDS}` };
  let { job } = await persistently(() => ask('POST', path, { body, headers, concertId }));
  while (job.status === 'queued') {
    await sleep(job.pollAfterMs ?? 500);
    ({ job } = await persistently(() => ask('GET', `/api/jobs/${job.id}?wait=${WAIT_SECONDS}`)));
  }
  if (job.status === 'completed') return job.result;
  throw new ProblemError(worded(job.error ?? { code: 'COMMAND_FAILED' }));
}

/** Adds points; as safe to repeat as a command. */
export function charge(amount) {
  const headers = { 'Idempotency-Key': newKey() };
  return persistently(() => ask('POST', '/api/points/charge', { body: { amount }, headers }));
}

/** Every page of a list, for the short lists of this page. */
export async function all(path, name, options) {
  const rows = [];
  let cursor = null;
  do {
    const next = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${next}`, options);
    rows.push(...page[name]);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

async function persistently(act) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await act();
    } catch (error) {
      if (!isAway(error) || tried === TRIES) throw error;
      await sleep((error.retryAfterSeconds ?? tried) * 1000);
    }
  }
}

/** Not randomUUID: browsers have that only on secure addresses, and a demo is shown over plain HTTP in a local network. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The header has whole seconds, so a difference below two says nothing. */
function readClock(response) {
  const ahead = Date.parse(response.headers.get('date') ?? '') - Date.now();
  clockAhead = Math.abs(ahead) > 2000 ? ahead : 0;
}

import { UnreachableError } from './problem';
import { pause } from './pause';

export interface Patience {
  /** How long a request that may be sent again is tried for, all tries together. */
  patienceMs: number;
  /** How long one try may take. Longer than the longest wait that may be asked for. */
  tryMs: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;
/** Nothing was done, or it is not known whether: sent again, these are safe. 429 and 503 say when. */
const PASSING = new Set([429, 502, 503, 504]);

/**
 * `fetch` that tries again what is safe to send twice: what only reads, and what carries an Idempotency-Key or a mark
 * (`x-repeatable`, taken off before it leaves). Everything else is sent once: whether a lost answer stands for something
 * done is for the caller to find out.
 */
export function patientFetch({ patienceMs, tryMs }: Patience, send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const isMarked = asked.headers.has(REPEATABLE);
    asked.headers.delete(REPEATABLE);
    const mayRepeat = isMarked || asked.method === 'GET' || asked.headers.has('idempotency-key');
    const givenUpAt = Date.now() + patienceMs;
    for (let tries = 0; ; tries += 1) {
      const answer = await sendOnce(send, asked.clone(), tryMs);
      const pauseMs = answer instanceof Response ? askedPauseMs(answer, tries) : backoffMs(tries);
      const isOver = !mayRepeat || asked.signal.aborted || Date.now() + pauseMs > givenUpAt;
      if (answer instanceof Response && (isOver || !PASSING.has(answer.status))) return answer;
      if (isOver) throw answer;
      await pause(pauseMs, asked.signal);
    }
  };
}

/** The mark of a request that does the same when it is sent twice, though its method does not say so. */
export const REPEATABLE = 'x-repeatable';

/** @returns what kept the answer away, if it did */
async function sendOnce(send: typeof fetch, request: Request, tryMs: number): Promise<Response | Error> {
  const { signal } = request;
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(), tryMs);
  try {
    const answer = await send(request, { signal: AbortSignal.any([signal, tooLong.signal]) });
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
    // A line may also break in the middle of an answer. Read here, that is a try like any other.
    return isStream ? answer : await readWhole(answer);
  } catch (cause) {
    if (signal.aborted) throw cause;
    return new UnreachableError(`${request.method} ${new URL(request.url).pathname}: no answer`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function readWhole(answer: Response): Promise<Response> {
  const { status, statusText, headers } = answer;
  const body = await answer.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
}

function askedPauseMs(answer: Response, tries: number): number {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  // Those who are all told the same second would all come back in it.
  return Number.isFinite(seconds) ? seconds * 1000 + Math.random() * FIRST_PAUSE_MS : backoffMs(tries);
}

const backoffMs = (tries: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2);

import { ask } from '../../js/api.js';
import { sleep } from '../../js/dom.js';
import { ProblemError } from '../../js/problem.js';
import { keptScans } from './kept-scans.js';

const AT_ONCE = 3;
const ANSWER_MS = 8000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
/** How many are shown and kept; those without an answer are kept however many they are. */
const LAST = 10;

/** What ends a scan. All else (no connection, a service that is busy or away, a sign-in that has ended) is no answer. */
const ANSWERS = new Set([
  'ALREADY_USED',
  'TICKET_VOID',
  'TICKET_FOR_ANOTHER_DATE',
  'TICKET_NOT_FOUND',
  'IDEMPOTENCY_KEY_REUSED',
  'INVALID_REQUEST',
]);

/**
 * Scans of this device, newest first, and what became of each. One is sent until the service has answered it, each time with the
 * same id: the service lets in once and says the same again. They outlive the page. `yes` is said by the service alone.
 * A scan: `{scanId, code, scheduleId, at, answer}`; answer: null, or `{yes, code, title, detail, ticket, usedAt}`.
 * @param onChange called with the scan that has changed
 */
export function createScans({ signal, onChange }) {
  const kept = keptScans();
  let scans = kept.all();
  const underWay = new Set();
  let pauseMs = FIRST_PAUSE_MS;
  let trouble = null;
  let pausing = null;

  function add(code, scheduleId) {
    // Their order is that of their times.
    const at = Math.max(Date.now(), (scans[0]?.at ?? 0) + 1);
    const scan = { scanId: newId(), code, scheduleId, at, answer: null };
    scans = [scan, ...scans];
    kept.put(scan);
    wake();
    return scan;
  }

  /** Whoever stands at the door now comes first. */
  function sendAll() {
    if (signal.aborted || pausing !== null) return;
    const open = scans.filter(({ answer, scanId }) => answer === null && !underWay.has(scanId));
    for (const scan of open.slice(0, AT_ONCE - underWay.size)) void send(scan);
  }

  async function send(scan) {
    underWay.add(scan.scanId);
    try {
      const answer = await answerTo(scan, signal);
      [trouble, pauseMs] = [null, FIRST_PAUSE_MS];
      settle(scan, answer);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ProblemError)) throw error;
      trouble = error;
      onChange(scan);
      void pause(Math.max(pauseMs, (error.retryAfterSeconds ?? 0) * 1000));
    } finally {
      underWay.delete(scan.scanId);
      sendAll();
    }
  }

  function settle(scan, answer) {
    scan.answer = answer;
    kept.put(scan);
    const open = scans.filter((each) => each.answer === null);
    const ended = scans.filter((each) => each.answer !== null).slice(0, LAST);
    for (const each of scans) if (!open.includes(each) && !ended.includes(each)) kept.drop(each);
    scans = scans.filter((each) => open.includes(each) || ended.includes(each));
    onChange(scan);
  }

  async function pause(milliseconds) {
    if (pausing !== null) return;
    pausing = new AbortController();
    const { signal: woken } = pausing;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    await sleep(milliseconds, woken);
    pausing = null;
    sendAll();
  }

  /** Tries at once what waits for its turn. */
  function wake() {
    if (pausing === null) sendAll();
    else pausing.abort();
  }

  const onOnline = () => wake();
  window.addEventListener('online', onOnline);
  signal.addEventListener('abort', () => {
    window.removeEventListener('online', onOnline);
    pausing?.abort();
  });
  sendAll();

  return {
    add,
    last: () => scans.slice(0, LAST),
    /** How many have no answer yet. */
    waiting: () => scans.filter(({ answer }) => answer === null).length,
    /** Why the latest try had no answer; null: it had one. */
    trouble: () => trouble,
    isKept: () => kept.works(),
  };
}

/** @throws ProblemError when there is no answer yet */
async function answerTo({ scanId, code, scheduleId }, signal) {
  const body = { code, scanId, ...(scheduleId === null ? {} : { scheduleId }) };
  // Over a bad line an answer may never come, and nothing says so.
  const patience = new AbortController();
  const end = () => patience.abort();
  const timer = setTimeout(end, ANSWER_MS);
  signal.addEventListener('abort', end);
  try {
    const { ticket } = await ask('POST', '/api/admin/tickets/check-in', { body, signal: patience.signal });
    return { yes: true, ticket };
  } catch (error) {
    if (error.name === 'AbortError') throw noAnswer();
    if (!(error instanceof ProblemError) || !ANSWERS.has(error.code)) throw error;
    const { code: why, title, detail, members } = error;
    return { yes: false, why, title, detail, ticket: members.ticket ?? null, usedAt: members.usedAt ?? null };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

const noAnswer = () =>
  new ProblemError({
    title: 'No answer',
    detail: 'The service did not answer in time.',
    code: 'NO_CONNECTION',
  });

/** A UUID. Not randomUUID: browsers have that only on secure addresses. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

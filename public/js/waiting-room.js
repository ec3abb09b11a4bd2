import { ask, send } from './api.js';
import { sleep } from './dom.js';
import { readEvents } from './event-stream.js';
import { session } from './session.js';

const MOST_POLLS_BETWEEN_STREAMS = 16;

/** Takes a place, or finds the one that this fan has already; with the code of a presale, one in front. */
export async function join(concertId, accessCode) {
  const ofUser = session.user?.id;
  const state = await ask('POST', '/api/users/queue', { body: { concertId, accessCode }, concertId });
  if (session.user?.id === ofUser) session.keepQueueToken(concertId, state.queueToken);
  return state;
}

/** Where this fan's place is now, once. @throws ProblemError with NOT_QUEUED when there is none */
export async function look(concertId, signal) {
  const state = await ask('GET', roomPath(concertId), { concertId, signal });
  if (!signal.aborted) session.keepQueueToken(concertId, state.queueToken);
  return state;
}

/** Whether this fan has a place already, taken on another device; without taking one. */
export async function find(concertId, signal) {
  try {
    await look(concertId, signal);
    return true;
  } catch (error) {
    if (error.code === 'NOT_QUEUED') return false;
    throw error;
  }
}

/** Gives the place up, or the admission. */
export async function leave(concertId) {
  await send('DELETE', roomPath(concertId), {});
  session.forgetQueueToken(concertId);
}

/**
 * Follows a place until it ends or the signal is aborted: by a stream, and where that does not work by asking, as
 * often as the room says.
 * @param onState called with (state, 'stream' or 'poll')
 * @param onTrouble called with a problem that may pass; following goes on
 * @returns true when the place has ended, false when following was stopped from here
 */
export async function follow(concertId, { onState, onTrouble, signal }) {
  let failures = 0;
  let pollAfterMs = 1000;
  const take = (state, how) => {
    if (signal.aborted) return;
    session.keepQueueToken(concertId, state.queueToken);
    pollAfterMs = state.pollAfterMs;
    onState(state, how);
  };
  while (!signal.aborted) {
    try {
      await stream(concertId, signal, (state) => {
        failures = 0;
        take(state, 'stream');
      });
    } catch (error) {
      if (over(error)) return !signal.aborted;
      failures += 1;
    }
    // A stream ends with its place, with its server or with the line: asking tells which.
    const polls = Math.min(2 ** failures, MOST_POLLS_BETWEEN_STREAMS);
    for (let i = 0; i < polls && !signal.aborted; i += 1) {
      let pause = 0;
      try {
        take(await look(concertId, signal), 'poll');
      } catch (error) {
        if (over(error)) return !signal.aborted;
        if (!signal.aborted) onTrouble(error);
        pause = (error.retryAfterSeconds ?? 0) * 1000;
      }
      if (failures > 0) await sleep(Math.max(pause, pollAfterMs), signal);
    }
    if (failures === 0) await sleep(500, signal); // Servers that end streams at once shall not be hammered.
  }
  return false;
}

async function stream(concertId, signal, onState) {
  const path = `/api/users/queue/events?concertId=${encodeURIComponent(concertId)}`;
  const response = await send('GET', path, { concertId, signal });
  await readEvents(response, (name, data) => {
    if (name === 'state') onState(JSON.parse(data));
  });
}

// Signing out ends the following too: the page then shows the sign-in form.
const over = (error) =>
  error.code === 'NOT_QUEUED' || error.code === 'CONCERT_NOT_FOUND' || `${error.code}`.startsWith('TOKEN_');

const roomPath = (concertId) => `/api/users/queue?concertId=${encodeURIComponent(concertId)}`;

import { send } from '../../js/api.js';
import { sleep } from '../../js/dom.js';
import { readEvents } from '../../js/event-stream.js';
import { isAway, ProblemError } from '../../js/problem.js';
import { merged } from './state.js';

const LONGEST_PAUSE_MS = 10_000;

/**
 * Follows the desk until the signal is aborted, and comes back by itself when the stream breaks.
 * @param onState called with all there is now
 * @param onTrouble called with what cannot be read and since when; null: all is well again
 * @returns why it cannot be followed at all; nothing when the signal was aborted
 */
export async function followDesk(signal, { onState, onTrouble }) {
  let state = null;
  let pauseMs = 1000;
  let brokenSince = null;
  const take = (name, data) => {
    if (signal.aborted) return;
    if (name === 'trouble') return onTrouble(JSON.parse(data));
    if (name !== 'desk' && name !== 'changes') return;
    const told = JSON.parse(data);
    state = name === 'desk' ? told : merged(state, told);
    [pauseMs, brokenSince] = [1000, null];
    onTrouble(null);
    onState(state);
  };
  while (!signal.aborted) {
    try {
      await readEvents(await send('GET', '/api/admin/desk/events', { signal }), take);
    } catch (error) {
      if (signal.aborted) return;
      const passes = !(error instanceof ProblemError) || isAway(error) || error.code === 'RATE_LIMITED';
      if (!passes) throw error;
    }
    if (signal.aborted) return;
    brokenSince ??= new Date().toISOString();
    onTrouble({ lacking: 'stream', since: brokenSince });
    await sleep(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

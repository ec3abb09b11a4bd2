import { serverNow } from './api.js';
import { button, every, h } from './dom.js';
import { clock, count, roughly } from './format.js';

// Screen readers would otherwise read out every step of a fast queue.
const READ_OUT_EVERY_MS = 10_000;

/** What a fan sees of the place: position and estimate while waiting, the time left once inside. */
export function createWaitingCard({ signal, onLeave }) {
  const number = h('p', { className: 'position' });
  const words = h('p');
  const progress = h('progress', { max: 1, value: 0, 'aria-label': 'Way to the front' });
  const line = h('p', { className: 'muted' });
  const aloud = h('p', { className: 'aloud', role: 'status' });
  const leave = button('Give up my place', () => void onLeave(leave), { className: 'quiet' });
  const element = h('section', { className: 'card place' }, number, words, progress, line, aloud, leave);

  let first = null;
  let state = null;
  let readOutAt = 0;

  function readOut(text) {
    if (Date.now() - readOutAt < READ_OUT_EVERY_MS || aloud.textContent === text) return;
    readOutAt = Date.now();
    aloud.textContent = text;
  }

  function drawWaiting(how) {
    const { position, estimatedWaitSeconds, pollAfterMs } = state;
    first = Math.max(first ?? 1, position);
    number.textContent = count(position);
    const ahead = position === 1 ? 'You are next.' : `${count(position - 1)} before you.`;
    words.textContent = `${ahead} Waiting time: ${roughly(estimatedWaitSeconds)}.`;
    progress.value = first === 1 ? 1 : (first - position) / (first - 1);
    line.textContent =
      how === 'stream'
        ? 'Live: this page changes by itself.'
        : `Asking again every ${Math.ceil(pollAfterMs / 1000)} s.`;
    readOut(`You are number ${position}.`);
  }

  function drawInside() {
    const left = clock(Date.parse(state.expiresAt) - serverNow());
    words.textContent = `You are in. Time left: ${left}`;
  }

  every(
    500,
    () => {
      if (state?.status === 'ACTIVE') drawInside();
    },
    signal,
  );

  return {
    element,
    update: (next, how) => {
      state = next;
      const inside = state.status === 'ACTIVE';
      element.classList.toggle('inside', inside);
      for (const part of [number, progress, line]) part.hidden = inside;
      if (!inside) return drawWaiting(how);
      if (leave.textContent !== 'Leave') aloud.textContent = 'You are in. Choose your seats.';
      leave.textContent = 'Leave';
      drawInside();
    },
  };
}

import { serverNow } from './api.js';
import { button, every, h } from './dom.js';
import { createDrawProof } from './draw-proof.js';
import { createCodeForm, presaleOutlook, wantsCode } from './presale.js';
import { clock, count, roughly, when } from './format.js';
import { isScarce, SOLD_OUT, stockInWords } from './stock.js';

// Screen readers would otherwise read out every step of a fast queue.
const READ_OUT_EVERY_MS = 10_000;
const BEHIND_DRAW = 'The list of the draw is closed. You stand behind those who are in it.';

/** What a fan sees of the place: position and estimate while waiting, the time left once inside. */
export function createWaitingCard({ concertId, signal, onLeave, onState }) {
  const title = h('h2', {}, 'Your place');
  const number = h('p', { className: 'position' });
  const words = h('p');
  const stock = h('p', { className: 'stock', hidden: true });
  const message = h('p', { className: 'notice', hidden: true });
  const proof = createDrawProof(concertId, signal);
  const codeForm = createCodeForm(concertId, { onJoined: (next) => onState(next, heardBy), signal });
  const progress = h('progress', { max: 1, value: 0, 'aria-label': 'Way to the front' });
  const line = h('p', { className: 'muted' });
  const aloud = h('p', { className: 'aloud', role: 'status' });
  const leave = button('Give up my place', () => void onLeave(leave), { className: 'quiet' });
  const element = h(
    'section',
    { className: 'card place' },
    title,
    number,
    words,
    stock,
    message,
    progress,
    line,
    aloud,
    codeForm.element,
    proof.element,
    leave,
  );

  let first = null;
  let state = null;
  let readOutAt = 0;
  let saidInside = null;
  let heardBy = 'stream';

  function readOut(text) {
    if (Date.now() - readOutAt < READ_OUT_EVERY_MS || aloud.textContent === text) return;
    readOutAt = Date.now();
    aloud.textContent = text;
  }

  function drawWaiting(how) {
    const { position, estimatedWaitSeconds, pollAfterMs } = state;
    number.hidden = position === null;
    progress.hidden = position === null;
    line.textContent =
      how === 'stream'
        ? 'Live: this page changes by itself.'
        : `Asking again every ${Math.ceil(pollAfterMs / 1000)} s.`;
    if (position === null) {
      const others = presaleOutlook(state);
      if (others !== null) words.textContent = `${others} ${outlook(state) ?? ''}`.trim();
      else
        words.textContent =
          state.drawPseudonym === null ? BEHIND_DRAW : `You are in the draw. ${drawOutlook(state)}`;
      return readOut(words.textContent);
    }
    first = Math.max(first ?? 1, position);
    number.textContent = count(position);
    const ahead = position === 1 ? 'You are next.' : `${count(position - 1)} before you.`;
    const wait = isScarce(state)
      ? 'The seats may not last until your turn.'
      : `Waiting time: ${roughly(estimatedWaitSeconds)}.`;
    words.textContent = `${ahead} ${outlook(state) ?? wait}`;
    progress.value = first === 1 ? 1 : (first - position) / (first - 1);
    readOut(`You are number ${position}. ${outlook(state) ?? ''}`.trim());
  }

  function drawInside() {
    const left = clock(Date.parse(state.expiresAt) - serverNow());
    words.textContent =
      state.mayHold === false
        ? `The time for choosing is over. Time left to pay: ${left}`
        : `Time left: ${left}`;
  }

  function draw() {
    if (state.status === 'ACTIVE') drawInside();
    else drawWaiting(heardBy);
  }

  every(
    500,
    () => {
      if (state?.status === 'ACTIVE' || state?.phase === 'BEFORE_OPENING') draw();
    },
    signal,
  );

  return {
    element,
    update: (next, how) => {
      state = next;
      heardBy = how;
      const inside = state.status === 'ACTIVE';
      element.classList.toggle('inside', inside);
      for (const part of [number, progress, line]) part.hidden = inside;
      message.hidden = !state.message;
      message.textContent = state.message ?? '';
      const left = stockInWords(state);
      stock.hidden = left === null || (!inside && state.phase === 'SOLD_OUT');
      stock.textContent = left ?? '';
      proof.update(state);
      codeForm.show(wantsCode(state) ? state.presale : null);
      title.textContent = inside ? 'You are in.' : 'Your place';
      leave.textContent = inside ? 'Leave' : 'Give up my place';
      const said = inside ? entryOf(state) : null;
      if (said !== null && said !== saidInside) aloud.textContent = said;
      saidInside = said;
      draw();
    },
  };
}

const entryOf = ({ mayHold }) =>
  mayHold === false
    ? 'The time for choosing is over. Pay for what you hold.'
    : 'You are in. Choose your seats.';

/** What those wait for who have no place in the order yet. */
function drawOutlook({ opensAt }) {
  if (!opensAt) return 'Everybody who is here at the opening gets a random place then.';
  const leftMs = Date.parse(opensAt) - serverNow();
  if (leftMs <= 0) return 'The order is being drawn now.';
  return `Everybody who is here at ${when(opensAt)} gets a random place then: in ${left(leftMs)}.`;
}

const left = (ms) => (ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : roughly(ms / 1000));

/** Why nobody is let in for now, and until when; null while people are. */
function outlook({ phase, opensAt }) {
  if (phase === 'SOLD_OUT') return SOLD_OUT;
  if (phase === 'PAUSED') return 'Admission is paused for the moment. Your place is kept.';
  if (phase !== 'BEFORE_OPENING') return null;
  if (!opensAt) return 'Booking is not open yet, and the time is not known. Your place is kept.';
  const leftMs = Date.parse(opensAt) - serverNow();
  if (leftMs <= 0) return 'Booking opens at any moment. Your place is kept.';
  return `Booking opens at ${when(opensAt)}, in ${left(leftMs)}. Your place is kept.`;
}

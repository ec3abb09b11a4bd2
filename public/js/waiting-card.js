import { serverNow } from './api.js';
import { button, every, h } from './dom.js';
import { createDrawProof } from './draw-proof.js';
import { createCodeForm, presaleOutlook, wantsCode } from './presale.js';
import { clock, count, left, roughly, when } from './format.js';
import { t } from './language.js';
import { isScarce, stockInWords } from './stock.js';
import { markTurn, setTitle } from './titles.js';
import { createTurnSignals } from './turn-signals.js';

// Screen readers would otherwise read out every step of a fast queue.
const READ_OUT_EVERY_MS = 10_000;

/** What a fan sees of the place: position and estimate while waiting, the time left once inside. */
export function createWaitingCard({ concert, signal, onLeave, onState }) {
  const title = h('h2', {}, t('place.title'));
  const number = h('p', { className: 'position' });
  const words = h('p');
  const stock = h('p', { className: 'stock', hidden: true });
  const message = h('p', { className: 'notice', hidden: true });
  const proof = createDrawProof(concert.id, signal);
  const codeForm = createCodeForm(concert.id, { onJoined: (next) => onState(next, heardBy), signal });
  const progress = h('progress', { max: 1, value: 0, 'aria-label': t('place.way') });
  const line = h('p', { className: 'muted' });
  const signals = createTurnSignals();
  const aloud = h('p', { className: 'aloud', role: 'status' });
  const leave = button(t('place.giveUp'), () => void onLeave(leave), { className: 'quiet' });
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
    signals.element,
    leave,
  );

  let first = null;
  let state = null;
  let readOutAt = 0;
  let saidInside = null;
  let heardBy = 'stream';
  let wasWaiting = false;

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
      how === 'stream' ? t('place.live') : t('place.asking', { count: Math.ceil(pollAfterMs / 1000) });
    if (position === null) {
      const others = presaleOutlook(state);
      if (others !== null) words.textContent = `${others} ${outlook(state) ?? ''}`.trim();
      else
        words.textContent =
          state.drawPseudonym === null ? t('place.behindDraw') : `${t('place.inDraw')} ${drawOutlook(state)}`;
      return readOut(words.textContent);
    }
    first = Math.max(first ?? 1, position);
    number.textContent = count(position);
    const ahead = position === 1 ? t('place.next') : t('place.before', { count: position - 1 });
    const wait = isScarce(state)
      ? t('place.scarce')
      : t('place.wait', { time: roughly(estimatedWaitSeconds) });
    words.textContent = `${ahead} ${outlook(state) ?? wait}`;
    progress.value = first === 1 ? 1 : (first - position) / (first - 1);
    readOut(`${t('place.number', { count: position })} ${outlook(state) ?? ''}`.trim());
  }

  function drawInside() {
    const time = clock(Date.parse(state.expiresAt) - serverNow());
    words.textContent = t(state.mayHold === false ? 'place.leftToPay' : 'place.left', { time });
  }

  /** Whoever waits in another tab or window sees and, if they like, hears it. */
  function tellTab(inside) {
    const { position } = state;
    const place = position === null ? t('place.title') : t('title.place', { count: position });
    setTitle(inside ? t('title.turn') : place, concert.title);
    markTurn(inside);
    // Only who was seen waiting has a turn that comes: a reload inside shall be silent.
    if (inside && wasWaiting) signals.turn(concert.title);
    signals.element.hidden = inside;
    wasWaiting = !inside;
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
      tellTab(inside);
      element.classList.toggle('inside', inside);
      for (const part of [number, progress, line]) part.hidden = inside;
      message.hidden = !state.message;
      message.textContent = state.message ?? '';
      const remaining = stockInWords(state);
      stock.hidden = remaining === null || (!inside && state.phase === 'SOLD_OUT');
      stock.textContent = remaining ?? '';
      proof.update(state);
      codeForm.show(wantsCode(state) ? state.presale : null);
      title.textContent = t(inside ? 'place.inside' : 'place.title');
      leave.textContent = t(inside ? 'place.leave' : 'place.giveUp');
      const said = inside ? entryOf(state) : null;
      if (said !== null && said !== saidInside) aloud.textContent = said;
      saidInside = said;
      draw();
    },
  };
}

const entryOf = ({ mayHold }) => (mayHold === false ? t('place.payNow') : t('place.chooseNow'));

/** What those wait for who have no place in the order yet. */
function drawOutlook({ opensAt }) {
  if (!opensAt) return t('draw.atOpening');
  const leftMs = Date.parse(opensAt) - serverNow();
  if (leftMs <= 0) return t('draw.now');
  return t('draw.at', { at: when(opensAt), time: left(leftMs) });
}

/** Why nobody is let in for now, and until when; null while people are. */
function outlook({ phase, opensAt }) {
  if (phase === 'SOLD_OUT') return t('outlook.soldOut');
  if (phase === 'PAUSED') return t('outlook.paused');
  if (phase !== 'BEFORE_OPENING') return null;
  if (!opensAt) return t('outlook.notOpen');
  const leftMs = Date.parse(opensAt) - serverNow();
  if (leftMs <= 0) return t('outlook.anyMoment');
  return t('outlook.opens', { at: when(opensAt), time: left(leftMs) });
}

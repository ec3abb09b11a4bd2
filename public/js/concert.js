import { ask } from './api.js';
import { button, createStage, h } from './dom.js';
import { insideView } from './inside.js';
import { attempt, createNotice, ProblemError } from './problem.js';
import { session } from './session.js';
import { ticketsView } from './tickets.js';
import { createWaitingCard } from './waiting-card.js';
import { follow, join, leave } from './waiting-room.js';

const STEPS = ['Wait', 'Choose', 'Pay', 'Ticket'];

/** One fan's way through one concert: join, wait, inside, tickets. */
export function concertView(root, { id }, signal) {
  const notice = createNotice();
  const head = h('header', {});
  const steps = h('ol', { className: 'steps', 'aria-label': 'Steps' });
  const place = h('div');
  const show = createStage(place, signal);
  root.append(head, steps, notice.element, place);

  const at = (step) => {
    const items = STEPS.map((name, i) => h('li', { 'aria-current': i === step ? 'step' : null }, name));
    steps.replaceChildren(...items);
  };

  const toJoin = (because = null) => {
    session.forgetQueueToken(id);
    at(-1);
    show(joinView, { id, because, onJoined: toRoom });
  };
  const toRoom = () => show(roomView, { id, concert, at, onOver: toJoin, onPaid: toTickets });
  const toTickets = (paid) => {
    // The admission ends with the payment, so there is no place to come back to.
    session.forgetQueueToken(id);
    at(3);
    show(ticketsView, { ...paid, concert, onAgain: () => toJoin() });
  };

  let concert = null;
  void attempt(notice, null, async () => {
    ({ concert } = await ask('GET', `/api/concerts/${encodeURIComponent(id)}`, { signal }));
    head.append(h('h1', {}, concert.title), h('p', { className: 'lead' }, concert.description));
    if (session.queueToken(id) === null) toJoin();
    else toRoom();
  });
}

function joinView(root, { id, because, onJoined }) {
  const notice = createNotice();
  if (because !== null) notice.show(because);
  const go = () =>
    attempt(notice, start, async () => {
      await join(id);
      onJoined();
    });
  const start = button('Join the waiting room', () => void go(), { className: 'primary large' });
  root.append(
    h(
      'section',
      { className: 'card' },
      h(
        'p',
        {},
        'Everybody is let in in the order of arrival. Your place stays yours when you reload this page.',
      ),
      notice.element,
      start,
    ),
  );
}

/** The whole time with a place: the card about the place on top, and below it the seats once admitted. */
function roomView(root, { id, concert, at, onOver, onPaid }, signal) {
  const notice = createNotice();
  const inside = h('div');
  const showInside = createStage(inside, signal);
  let admitted = false;

  const card = createWaitingCard({
    signal,
    onLeave: (control) =>
      attempt(notice, control, async () => {
        await leave(id);
        onOver();
      }),
  });
  root.append(card.element, notice.element, inside);
  at(0);

  const onState = (state, how) => {
    notice.clear();
    card.update(state, how);
    if (state.status !== 'ACTIVE' || admitted) return;
    admitted = true;
    at(1);
    showInside(insideView, { concert, at, onPaid, onRefused });
  };
  const onEnd = () => onOver(endOf(admitted));
  /** Calls from inside are refused when the admission is over: known here before the stream tells. */
  const onRefused = (error) => {
    if (['QUEUE_EXPIRED', 'QUEUE_TOKEN_INVALID', 'QUEUE_TOKEN_MISSING'].includes(error.code)) onOver(error);
  };
  void follow(id, { signal, onState, onTrouble: notice.show }).then((ended) => ended && onEnd());
}

function endOf(admitted) {
  return admitted
    ? new ProblemError({
        title: 'Your time inside is over',
        detail: 'Join again to come back in. What you have paid for is among your things.',
      })
    : new ProblemError({
        title: 'Your place was given up',
        detail: 'This page was away for too long. Join again for a new place.',
      });
}

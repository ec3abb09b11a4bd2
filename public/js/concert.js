import { ask } from './api.js';
import { createStage, h } from './dom.js';
import { joinView } from './join.js';
import { t } from './language.js';
import { createNotice, keepTrying } from './problem.js';
import { roomView } from './room.js';
import { session } from './session.js';
import { ticketsView } from './tickets.js';
import { markTurn, setTitle } from './titles.js';
import { find } from './waiting-room.js';

const STEPS = ['step.wait', 'step.choose', 'step.pay', 'step.ticket'];

/** One fan's way through one concert: join, wait, inside, tickets. */
export function concertView(root, { id }, signal) {
  const notice = createNotice();
  const head = h('header', {});
  const steps = h('ol', { className: 'steps', 'aria-label': t('steps') });
  const place = h('div');
  const show = createStage(place, signal);
  root.append(head, steps, notice.element, place);

  const at = (step) => {
    const items = STEPS.map((name, i) => h('li', { 'aria-current': i === step ? 'step' : null }, t(name)));
    steps.replaceChildren(...items);
  };

  const toJoin = (concert, ...because) => {
    session.forgetQueueToken(id);
    at(-1);
    setTitle(concert.title);
    markTurn(false);
    show(joinView, { concert, because, onJoined: () => toRoom(concert) });
  };
  const toRoom = (concert) =>
    show(roomView, {
      concert,
      at,
      onOver: (...because) => toJoin(concert, ...because),
      onPaid: (paid) => {
        at(3);
        setTitle(t(paid.tickets.length === 1 ? 'tickets.yourOne' : 'tickets.your'), concert.title);
        markTurn(false);
        show(ticketsView, { ...paid, concert, onAgain: () => toJoin(concert) });
      },
    });

  void keepTrying(notice, signal, async () => {
    const [{ concert }, hasPlace] = await Promise.all([
      ask('GET', `/api/concerts/${encodeURIComponent(id)}`, { signal }),
      session.queueToken(id) !== null || find(id, signal),
    ]);
    if (signal.aborted) return;
    head.append(h('h1', {}, concert.title), h('p', { className: 'lead' }, concert.description));
    setTitle(concert.title);
    signal.addEventListener('abort', () => markTurn(false));
    if (hasPlace) toRoom(concert);
    else toJoin(concert);
  });
}

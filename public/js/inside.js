import { ask } from './api.js';
import { bestSeats } from './best-seats.js';
import { checkoutView } from './checkout.js';
import { button, createStage, h } from './dom.js';
import { choiceOf, forgetChoice } from './choice.js';
import { count, span, zoneWords } from './format.js';
import { liveHold } from './holds.js';
import { t } from './language.js';
import { createNotice, keepTrying } from './problem.js';
import { seatMapView } from './seat-map.js';
import { joinForm } from './waitlist.js';

/**
 * Admitted: dates, then seats, then paying for what is held.
 * @param choosing aborted when the time for choosing is over: what is left is to pay for what is held
 * @param commands what is under way; see createUnderWay
 */
export function insideView(root, { concert, at, choosing, commands, onCheckout, onPaid, onRefused }, signal) {
  const show = createStage(root, signal);
  let atCheckout = false;
  const toDates = () => {
    atCheckout = false;
    at(1);
    const view = choosing.aborted ? afterChoosingView : datesView;
    show(view, { concert, commands, onChosen: toSeats, onHeld: toCheckout, onRefused });
  };
  const toSeats = (schedule) => {
    if (choosing.aborted) return toDates();
    atCheckout = false;
    at(1);
    show(seatMapView, { concert, schedule, commands, onBack: toDates, onHeld: toCheckout, onRefused });
  };
  const toCheckout = (booking, schedule = null) => {
    atCheckout = true;
    forgetChoice(); // Held now: whoever comes back to the dates chooses anew.
    onCheckout(booking);
    at(2);
    show(checkoutView, {
      booking,
      commands,
      onPaid: (paid) => onPaid({ ...paid, schedule }),
      onReleased: () => (schedule === null ? toDates() : toSeats(schedule)),
      onRefused,
    });
  };
  choosing.addEventListener('abort', () => {
    if (!signal.aborted && !atCheckout) toDates();
  });
  toDates();
}

function datesView(root, { concert, commands, onChosen, onHeld, onRefused }, signal) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const again = button(t('dates.again'), () => void load(), { hidden: true });
  const none = h('p', { role: 'status', hidden: true }, t('dates.none'));
  root.append(h('h2', {}, t('dates.title')), notice.element, none, list, again);

  const load = () =>
    keepTrying(notice, signal, async () => {
      const path = `/api/concerts/${encodeURIComponent(concert.id)}/schedules/bookable`;
      const [{ schedules }, held] = await Promise.all([
        ask('GET', path, { concertId: concert.id, signal }).catch((error) => {
          onRefused(error);
          throw error;
        }),
        liveHold(concert.id, signal),
      ]);
      // Somebody who reloaded the page or came from another device goes on with what they hold.
      if (held) return onHeld(held, schedules.find(({ id }) => id === held.scheduleId) ?? null);
      const before = schedules.find(({ id }) => id === choiceOf(concert.id)?.scheduleId);
      if (before !== undefined) return onChosen(before);
      const best = (schedule) => bestSeats({ concert, schedule, commands, onHeld, onRefused }, signal);
      list.replaceChildren(
        ...schedules.map((schedule) => dateCard(concert, schedule, best(schedule), onChosen)),
      );
      again.hidden = schedules.length > 0;
      none.hidden = schedules.length > 0;
    });
  void load();
}

function afterChoosingView(root, { concert, onHeld }, signal) {
  const notice = createNotice();
  const words = h('p', {}, t('after.looking'));
  root.append(h('section', { className: 'card' }, h('h2', {}, t('after.title')), words, notice.element));
  void keepTrying(notice, signal, async () => {
    const held = await liveHold(concert.id, signal);
    if (signal.aborted) return;
    if (held !== null) return onHeld(held);
    words.textContent = t('after.none');
  });
}

function outlookOf({ cancelledAt, stopped, seats }) {
  if (cancelledAt) return t('dates.cancelled');
  if (stopped) return t('dates.stopped');
  if (seats.available === 0) return t('dates.soldOut');
  return t('dates.free', { count: seats.available, total: count(seats.total) });
}

function dateCard(concert, schedule, best, onChosen) {
  const { startAt, endAt, seats } = schedule;
  const times = span(startAt, endAt, concert.timeZone);
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, times),
    h('p', { className: 'muted' }, zoneWords(startAt, concert.timeZone)),
    h('p', {}, outlookOf(schedule)),
    seats.available === 0 ? null : best,
    button(t('dates.choose'), () => onChosen(schedule), {
      'aria-label': t('dates.chooseFor', { times }),
    }),
    seats.available === 0 && !schedule.cancelledAt ? joinForm(schedule, concert.timeZone) : null,
  );
}

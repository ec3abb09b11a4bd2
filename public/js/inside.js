import { all, ask } from './api.js';
import { checkoutView } from './checkout.js';
import { button, createStage, h } from './dom.js';
import { count, span } from './format.js';
import { attempt, createNotice } from './problem.js';
import { seatMapView } from './seat-map.js';

/** Admitted: dates, then seats, then paying for what is held. */
export function insideView(root, { concert, at, onPaid, onRefused }, signal) {
  const show = createStage(root, signal);
  const toDates = () => {
    at(1);
    show(datesView, { concert, onChosen: toSeats, onHeld: toCheckout, onRefused });
  };
  const toSeats = (schedule) => {
    at(1);
    show(seatMapView, { concert, schedule, onBack: toDates, onHeld: toCheckout, onRefused });
  };
  const toCheckout = (booking, schedule = null) => {
    at(2);
    const onReleased = () => (schedule === null ? toDates() : toSeats(schedule));
    show(checkoutView, { booking, onPaid: (paid) => onPaid({ ...paid, schedule }), onReleased, onRefused });
  };
  toDates();
}

function datesView(root, { concert, onChosen, onHeld, onRefused }, signal) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const again = button('Look again', () => void load(), { hidden: true });
  root.append(h('h2', {}, 'Dates'), notice.element, list, again);

  const load = () =>
    attempt(notice, again, async () => {
      const options = { concertId: concert.id, signal };
      const path = `/api/concerts/${encodeURIComponent(concert.id)}/schedules/bookable`;
      const [{ schedules }, pending] = await Promise.all([
        ask('GET', path, options).catch((error) => {
          onRefused(error);
          throw error;
        }),
        all('/api/bookings?status=PENDING', 'bookings', { signal }),
      ]);
      // Somebody who reloaded the page or came from another device goes on with what they hold.
      const held = pending.find(({ concertId }) => concertId === concert.id);
      if (held) return onHeld(held, schedules.find(({ id }) => id === held.scheduleId) ?? null);
      list.replaceChildren(...schedules.map((schedule) => dateCard(schedule, onChosen)));
      again.hidden = schedules.length > 0;
      if (schedules.length === 0) notice.say('No date is on sale now.', 'Booking may open later.');
    });
  void load();
}

function dateCard(schedule, onChosen) {
  const { startAt, endAt, seats } = schedule;
  const left =
    seats.available === 0
      ? 'Sold out or on hold'
      : `${count(seats.available)} of ${count(seats.total)} seats free`;
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, span(startAt, endAt)),
    h('p', {}, left),
    button('Choose seats', () => onChosen(schedule), {
      'aria-label': `Choose seats: ${span(startAt, endAt)}`,
    }),
  );
}

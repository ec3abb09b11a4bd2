import { all, command, send } from './api.js';
import { button, every, h } from './dom.js';
import { points, seatName, span } from './format.js';
import { attempt, createNotice, ProblemError } from './problem.js';
import { createSeatGrid } from './seat-grid.js';
import { legend } from './seat-legend.js';

const REFRESH_MS = 2000;

/** The house of one date: choose seats, then hold them. */
export function seatMapView(root, { concert, schedule, onBack, onHeld, onRefused }, signal) {
  const notice = createNotice();
  const mapNotice = createNotice();
  const house = h('div', { className: 'house' });
  const pointed = h('p', { className: 'pointed' }, 'Point at a seat to see its place and price.');
  const chosen = h('p', { className: 'chosen', role: 'status' });
  const hold = button('Hold these seats', () => void book(), { className: 'primary' });
  const clear = button('Clear', () => select([]), { className: 'quiet' });
  root.append(
    h(
      'div',
      { className: 'row' },
      h('h2', {}, span(schedule.startAt, schedule.endAt)),
      button('Other dates', onBack),
    ),
    legend(),
    mapNotice.element,
    h('p', { className: 'stage' }, 'Stage'),
    house,
    h(
      'div',
      { className: 'basket' },
      pointed,
      notice.element,
      h('div', { className: 'row' }, chosen, clear, hold),
    ),
  );

  let grid = null;
  let etag = null;
  let mine = [];
  let selected = [];

  function select(seats) {
    selected = seats;
    grid?.select(selected.map(({ id }) => id));
    const total = selected.reduce((sum, { price }) => sum + price, 0);
    const names = selected.map((seat) => seatName(seat)).join('; ');
    chosen.textContent = selected.length === 0 ? 'No seats chosen.' : `${names}. Together ${points(total)}.`;
    hold.disabled = clear.disabled = selected.length === 0;
  }

  function toggle(seat, status) {
    notice.clear();
    if (selected.some(({ id }) => id === seat.id)) return select(selected.filter(({ id }) => id !== seat.id));
    if (status !== 'AVAILABLE') return notice.show(unavailable(seat));
    const limit = concert.seatLimit ?? Infinity; // Where the concert does not tell it, the service still refuses.
    if (selected.length + mine.length >= limit) return notice.show(atLimit(limit, mine.length));
    select([...selected, seat]);
  }

  function take(seats) {
    if (grid === null) {
      const onPoint = (seat, status) => {
        pointed.textContent = `${seatName(seat)}: ${points(seat.price)}, ${status}`;
      };
      grid = createSeatGrid(seats, { onToggle: toggle, onPoint });
      grid.own(mine);
      house.replaceChildren(grid.element);
      return select([]);
    }
    grid.update(seats);
    const lost = selected.filter(({ id }) => grid.statusOf(id) !== 'AVAILABLE');
    if (lost.length === 0) return;
    select(selected.filter((seat) => !lost.includes(seat)));
    notice.show(gone(lost));
  }

  const refresh = () =>
    attempt(mapNotice, null, async () => {
      const headers = etag === null ? {} : { 'If-None-Match': etag };
      const path = `/api/concerts/schedules/${encodeURIComponent(schedule.id)}/seats`;
      const response = await send('GET', path, { headers, concertId: concert.id, signal }).catch((error) => {
        onRefused(error);
        throw error;
      });
      if (response.status === 304) return;
      const { seats } = await response.json();
      if (signal.aborted) return;
      etag = response.headers.get('etag');
      take(seats);
    });

  const book = () =>
    selected.length > 0 &&
    attempt(notice, hold, async () => {
      const path = `/api/concerts/schedules/${encodeURIComponent(schedule.id)}/bookings`;
      const body = { seatNumbers: selected.map(({ number }) => number) };
      try {
        const { booking } = await command(path, { body, concertId: concert.id });
        if (!signal.aborted) onHeld(booking, schedule);
      } catch (error) {
        onRefused(error);
        void refresh(); // Shows who was faster.
        throw error;
      }
    });

  select([]);
  void attempt(mapNotice, null, async () => {
    const bookings = await all('/api/bookings?status=PAID', 'bookings', { signal });
    mine = bookings
      .filter(({ scheduleId }) => scheduleId === schedule.id)
      .flatMap(({ seats }) => seats.map(({ id }) => id));
    grid?.own(mine);
  });
  void refresh();
  every(REFRESH_MS, refresh, signal);
}

const unavailable = (seat) =>
  new ProblemError({ title: 'This seat is not free', detail: `${seatName(seat)}. Choose another one.` });

const gone = (seats) =>
  new ProblemError({
    title: 'Somebody else was faster',
    detail: `No longer free: ${seats.map((seat) => seatName(seat)).join('; ')}.`,
  });

const atLimit = (limit, have) =>
  new ProblemError({
    title: `${limit} seats at most`,
    detail: have === 0 ? 'Take one back to choose another.' : `You have ${have} for this date already.`,
  });

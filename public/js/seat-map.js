import { all, command } from './api.js';
import { bestSeats } from './best-seats.js';
import { button, every, h } from './dom.js';
import { points, seatName, span } from './format.js';
import { liveHold } from './holds.js';
import { attempt, createNotice, isAway, keepTrying, ProblemError, retrying } from './problem.js';
import { createSeatFeed } from './seat-feed.js';
import { createSeatGrid } from './seat-grid.js';
import { legend } from './seat-legend.js';

const REFRESH_MS = 2000;

/** The house of one date: choose seats, then hold them. */
export function seatMapView(root, { concert, schedule, commands, onBack, onHeld, onRefused }, signal) {
  const notice = createNotice();
  const mapNotice = createNotice();
  const ownNotice = createNotice();
  const feed = createSeatFeed(schedule.id, concert.id);
  const house = h('div', { className: 'house' });
  const found = h('div');
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
    found,
    legend(),
    mapNotice.element,
    ownNotice.element,
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
  let asking = false;
  let mine = [];
  let selected = [];

  function select(seats) {
    selected = seats;
    grid?.select(selected.map(({ id }) => id));
    const total = selected.reduce((sum, { price }) => sum + price, 0);
    const names = selected.map((seat) => seatName(seat)).join('; ');
    chosen.textContent = selected.length === 0 ? 'No seats chosen.' : `${names}. Together ${points(total)}.`;
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
      const best = (more) => bestSeats({ concert, schedule, commands, onHeld, onRefused, ...more }, signal);
      found.replaceChildren(best({ seats }));
      const formFor = (section) => best({ section });
      grid = createSeatGrid(seats, { onToggle: toggle, onPoint, formFor });
      grid.own(mine);
      house.replaceChildren(grid.element);
      return select([]);
    }
    grid.update(seats);
    // What is taken while our own hold is under way may be taken by it.
    if (commands.any) return;
    const lost = selected.filter(({ id }) => grid.statusOf(id) !== 'AVAILABLE');
    if (lost.length === 0) return;
    select(selected.filter((seat) => !lost.includes(seat)));
    notice.show(gone(lost));
  }

  /** One at a time: an answer that was overtaken would set seats back to what they were. */
  async function refresh() {
    if (asking) return;
    asking = true;
    try {
      const seats = await feed(signal);
      if (signal.aborted) return;
      mapNotice.clear();
      take(seats);
    } catch (error) {
      if (signal.aborted) return;
      mapNotice.show(retrying(error));
      onRefused(error);
    } finally {
      asking = false;
    }
  }

  const book = () =>
    attempt(notice, hold, async () => {
      if (selected.length === 0) throw noneChosen();
      await commands.during(() => holdSeats(selected));
    });

  async function holdSeats(seats) {
    const path = `/api/concerts/schedules/${encodeURIComponent(schedule.id)}/bookings`;
    const body = { seatNumbers: seats.map(({ number }) => number) };
    try {
      const { booking } = await command(path, { body, concertId: concert.id });
      if (!signal.aborted) onHeld(booking, schedule);
    } catch (error) {
      const own = await ownHoldOf(seats, error);
      if (signal.aborted) return;
      if (own !== null) return onHeld(own, schedule);
      onRefused(error);
      void refresh(); // Shows who was faster.
      throw error;
    }
  }

  /** When the answer to the first try was lost, the seats may be taken by this fan's own hold. */
  async function ownHoldOf(seats, error) {
    if (error.code !== 'SEAT_TAKEN' && !isAway(error)) return null;
    const held = await liveHold(concert.id, signal).catch(() => null); // No answer again: the first problem counts.
    const has = ({ id }) => held.seats.some((seat) => seat.id === id);
    return held !== null && seats.every(has) ? held : null;
  }

  select([]);
  void keepTrying(ownNotice, signal, async () => {
    const bookings = await all('/api/bookings?status=PAID', 'bookings', { signal });
    mine = bookings
      .filter(({ scheduleId }) => scheduleId === schedule.id)
      .flatMap(({ seats }) => seats.map(({ id }) => id));
    grid?.own(mine);
  });
  void refresh();
  every(REFRESH_MS, refresh, signal);
}

const noneChosen = () =>
  new ProblemError({ title: 'No seats chosen', detail: 'Choose free seats in the plan, then hold them.' });

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

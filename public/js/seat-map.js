import { all, command } from './api.js';
import { bestSeats } from './best-seats.js';
import { choiceOf, forgetChoice, keepChoice } from './choice.js';
import { button, every, h } from './dom.js';
import { points, seatName, span, zoneWords } from './format.js';
import { createHall } from './hall/hall.js';
import { createPriceFilter } from './hall/price-filter.js';
import { liveHold } from './holds.js';
import { t } from './language.js';
import { attempt, createNotice, isAway, keepTrying, ProblemError, retrying } from './problem.js';
import { createSeatFeed } from './seat-feed.js';
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
  const prices = h('div');
  const pointed = h('p', { className: 'pointed' }, t('map.point'));
  const chosen = h('p', { className: 'chosen', role: 'status' });
  const hold = button(t('map.hold'), () => void book(), { className: 'primary' });
  const clear = button(t('map.clear'), () => select([]), { className: 'quiet' });
  root.append(
    h(
      'div',
      { className: 'row' },
      h('h2', {}, span(schedule.startAt, schedule.endAt, concert.timeZone)),
      button(t('map.otherDates'), () => {
        forgetChoice();
        onBack();
      }),
    ),
    h('p', { className: 'muted' }, zoneWords(schedule.startAt, concert.timeZone)),
    found,
    prices,
    legend(),
    mapNotice.element,
    ownNotice.element,
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
    if (grid !== null) keepChoice(schedule, selected.map(({ id }) => id)); // prettier-ignore
    const total = selected.reduce((sum, { price }) => sum + price, 0);
    const names = selected.map((seat) => seatName(seat)).join('; ');
    chosen.textContent =
      selected.length === 0 ? t('map.none') : t('map.chosen', { names, total: points(total) });
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
      grid = createHall(seats, feed.layout, { onToggle: toggle, onPoint, formFor }, signal);
      grid.own(mine);
      house.replaceChildren(grid.element);
      prices.replaceChildren(createPriceFilter(seats, grid.want));
      return takeUp(seats);
    }
    grid.update(seats);
    // What is taken while our own hold is under way may be taken by it.
    if (commands.any) return;
    const lost = selected.filter(({ id }) => grid.statusOf(id) !== 'AVAILABLE');
    if (lost.length === 0) return;
    select(selected.filter((seat) => !lost.includes(seat)));
    notice.show(gone(lost));
  }

  /** What was chosen before the page was loaded anew, as far as it is free still. */
  function takeUp(seats) {
    const kept = choiceOf(concert.id);
    const ids = kept?.scheduleId === schedule.id ? kept.seatIds : [];
    const before = seats.filter(({ id }) => ids.includes(id));
    const lost = before.filter(({ status }) => status !== 'AVAILABLE');
    select(before.filter((seat) => !lost.includes(seat)));
    if (lost.length > 0) notice.show(gone(lost));
  }

  /** One at a time: an answer that was overtaken would set seats back to what they were. */
  async function refresh() {
    if (asking) return;
    asking = true;
    try {
      const seats = await feed.read(signal);
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
      forgetChoice();
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

const noneChosen = () => new ProblemError({ title: t('map.noneChosen'), detail: t('map.noneChosen.why') });

const unavailable = (seat) =>
  new ProblemError({ title: t('map.notFree'), detail: t('map.notFree.why', { seat: seatName(seat) }) });

const gone = (seats) =>
  new ProblemError({
    title: t('map.gone'),
    detail: t('map.gone.why', { names: seats.map((seat) => seatName(seat)).join('; ') }),
  });

const atLimit = (limit, have) =>
  new ProblemError({
    title: t('map.limit', { count: limit }),
    detail: have === 0 ? t('map.limit.why') : t('map.limit.have', { count: have }),
  });

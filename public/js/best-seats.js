import { command } from './api.js';
import { button, h } from './dom.js';
import { field } from './fields.js';
import { points } from './format.js';
import { liveHold } from './holds.js';
import { t } from './language.js';
import { attempt, createNotice, isAway, keepTrying } from './problem.js';
import { createSeatFeed } from './seat-feed.js';

// More at a time hardly anybody wants; whoever does, chooses from the plan.
const MOST_OFFERED = 10;
const USUAL = 2;
let made = 0;

/**
 * Seats without choosing them one by one: how many, and the service finds the best. What else can be wished for is tucked
 * away.
 * @param seats every seat of the date, if they are known already; else read when somebody wants to name sections
 * @param section the only one of which seats are wanted, if so: then nothing else is to be wished for
 */
export function bestSeats(
  { concert, schedule, commands, onHeld, onRefused, seats = null, section = null },
  signal,
) {
  const notice = createNotice();
  const wishes = section === null ? createWishes(concert, schedule, seats, signal) : onlyOf(section);
  const amount = createAmount(Math.min(concert.seatLimit ?? MOST_OFFERED, MOST_OFFERED));
  const words = section === null ? t('best.find') : t('best.placesIn', { section });
  const find = button(words, () => void ask(), { className: 'primary' });
  const element = h(
    'div',
    { className: 'best' },
    h('div', { className: 'row' }, amount.element, find),
    ...[wishes.element ?? []].flat(),
    notice.element,
  );

  const ask = (more = {}) =>
    attempt(
      notice,
      find,
      () => commands.during(() => take({ count: amount.value(), ...wishes.value(), ...more })),
      wishes.fields,
    ).then(() => offerApart());

  /** Whoever cannot sit side by side may like to sit apart: one press away. */
  let refused = null;
  function offerApart() {
    if (refused?.code !== 'NOT_TOGETHER' || notice.element.querySelector('button') !== null) return;
    notice.element.append(button(t('best.apart'), () => void ask({ together: false })));
  }

  async function take(wish) {
    refused = null;
    const path = `/api/concerts/schedules/${encodeURIComponent(schedule.id)}/bookings`;
    try {
      const { booking } = await command(path, { body: { bestAvailable: wish }, concertId: concert.id });
      if (!signal.aborted) onHeld(booking, schedule);
    } catch (error) {
      const own = await ownHold(wish, error);
      if (signal.aborted) return;
      if (own !== null) return onHeld(own, schedule);
      refused = error;
      onRefused(error);
      throw error;
    }
  }

  /** No answer came: the hold may have been made all the same. */
  async function ownHold({ count }, error) {
    if (!isAway(error)) return null;
    const held = await liveHold(concert.id, signal).catch(() => null);
    return held?.scheduleId === schedule.id && held.seats.length === count ? held : null;
  }

  return element;
}

/** One press says how many. */
function createAmount(most) {
  made += 1;
  const name = `amount-${made}`;
  const choices = Array.from({ length: most }, (_, index) => index + 1).map((value) => {
    const input = h('input', { type: 'radio', name, value, checked: value === Math.min(USUAL, most) });
    return { value, input, label: h('label', {}, input, h('span', {}, String(value))) };
  });
  const element = h(
    'fieldset',
    { className: 'amount' },
    h('legend', {}, t('best.howMany')),
    choices.map(({ label }) => label),
  );
  return { element, value: () => choices.find(({ input }) => input.checked)?.value ?? 1 };
}

const onlyOf = (section) => ({ element: null, fields: {}, value: () => ({ sections: [section] }) });

function createWishes(concert, schedule, seats, signal) {
  const notice = createNotice();
  const names = h('div', { className: 'sections' });
  const maxPrice = field(t('best.atMost'), {
    type: 'number',
    min: 0,
    step: 1,
    inputMode: 'numeric',
  });
  const accessible = h('input', { type: 'checkbox' });
  let boxes = [];
  let isAsked = false;
  const element = h(
    'details',
    { ontoggle: () => void (element.open && list()) },
    h('summary', {}, t('best.which')),
    notice.element,
    names,
    maxPrice.element,
    h('label', { className: 'check' }, accessible, ` ${t('best.accessible')}`),
  );

  /** A whole plan is large: it is read when somebody wants to know the sections. */
  async function list() {
    if (isAsked) return;
    isAsked = true;
    await keepTrying(notice, signal, async () => {
      const all = seats ?? (await createSeatFeed(schedule.id, concert.id).read(signal));
      boxes = [...pricesOf(all)].map(([name, { least, most }]) => {
        const input = h('input', { type: 'checkbox' });
        const price =
          least === most ? points(least) : t('best.range', { least: points(least), most: points(most) });
        return { name, input, label: h('label', { className: 'check' }, input, ` ${name}, ${price}`) };
      });
      names.replaceChildren(...boxes.map(({ label }) => label));
    });
  }

  return {
    element,
    fields: { maxPrice },
    value: () => {
      const sections = boxes.filter(({ input }) => input.checked).map(({ name }) => name);
      return {
        ...(sections.length > 0 ? { sections } : {}),
        ...(maxPrice.input.value === '' ? {} : { maxPrice: Number(maxPrice.input.value) }),
        ...(accessible.checked ? { accessible: true } : {}),
      };
    },
  };
}

function pricesOf(seats) {
  const sections = new Map();
  for (const { section, price } of seats) {
    const { least, most } = sections.get(section) ?? { least: price, most: price };
    sections.set(section, { least: Math.min(least, price), most: Math.max(most, price) });
  }
  return sections;
}

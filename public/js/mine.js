import { ask } from './api.js';
import { button, change, h } from './dom.js';
import { points, when } from './format.js';
import { commandOn, giveBack } from './holds.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { session } from './session.js';
import { seatList, ticketCard } from './tickets.js';
import { waitlistView } from './waitlist.js';
import { balance, walletView } from './wallet.js';

/** Tickets, bookings, payments and points of whoever is signed in. */
export function mineView(root, _props, signal) {
  const wallet = h('section', { className: 'card' });
  const waiting = h('section', {});
  const tickets = createList({
    title: 'Tickets',
    name: 'tickets',
    none: 'No tickets yet.',
    draw: ticketCard,
    signal,
  });
  const bookings = createList({
    title: 'Bookings',
    name: 'bookings',
    none: 'No bookings yet.',
    draw: (booking) => bookingCard(booking, restart),
    signal,
  });
  const payments = createList({
    title: 'Payments',
    name: 'payments',
    none: 'No payments yet.',
    draw: paymentCard,
    signal,
  });
  const lists = [tickets, bookings, payments];
  const restart = () => Promise.all(lists.map((list) => list.restart()));

  root.append(h('h1', {}, 'My things'), waiting, ...lists.map(({ element }) => element), wallet);
  waitlistView(waiting, {}, signal);
  walletView(wallet, {}, signal);
  // A payment that was under way when its page was left changes the balance, and all of this with it.
  let known = balance.value;
  balance.watch((value) => {
    if (known !== null && value !== known) void restart();
    known = value;
  }, signal);
  void restart();
}

/** One of the service's lists, newest first, a page at a time. */
function createList({ title, name, none, draw, signal }) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const empty = h('p', { className: 'muted', hidden: true }, none);
  const more = button('Show more', () => void attempt(notice, more, load), { hidden: true });
  const heading = h('h2', { tabIndex: -1 }, title);
  let cursor = null;

  async function load() {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask('GET', `/api/${name}?limit=12${after}`, { signal });
    const cards = page[name].map((row) => draw(row));
    if (cursor === null)
      change(
        list,
        () => list.replaceChildren(...cards),
        () => heading,
      );
    else list.append(...cards);
    cursor = page.nextCursor;
    more.hidden = cursor === null;
    empty.hidden = list.childElementCount > 0;
  }

  return {
    element: h('section', {}, heading, notice.element, list, empty, more),
    restart: () => {
      cursor = null;
      return keepTrying(notice, signal, load);
    },
  };
}

const STATES = { PENDING: 'On hold', PAID: 'Paid', EXPIRED: 'Hold ended', CANCELLED: 'Cancelled' };

function bookingCard(booking, onChange) {
  const { id, concertId, entryId, status, seats, totalPrice, createdAt, expiresAt } = booking;
  const notice = createNotice();
  const live = status === 'PENDING' || status === 'PAID';
  const cancel = button(status === 'PAID' ? 'Cancel and refund' : 'Give the seats back', () => void run(), {
    className: 'quiet',
    'aria-label': `Cancel booking ${id}`,
  });
  const run = () =>
    attempt(notice, cancel, async () => {
      await (status === 'PENDING' ? giveBack(booking) : commandOn(booking, 'cancel'));
      // The cancelled booking says nothing of the balance, which a refund has changed.
      await Promise.all([balance.refresh(), onChange()]);
    });
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, `${STATES[status] ?? status}: ${points(totalPrice)}`),
    h('p', { className: 'muted' }, status === 'PENDING' ? `Held until ${when(expiresAt)}` : when(createdAt)),
    seatList(seats),
    status === 'PENDING' && !entryId && session.queueToken(concertId) === null ? outside() : null,
    notice.element,
    h(
      'div',
      { className: 'row' },
      // Seats of the waiting list are paid for right here: see above.
      status === 'PENDING' && !entryId
        ? h('a', { className: 'button', href: `#/concerts/${encodeURIComponent(concertId)}` }, 'Pay')
        : null,
      live ? cancel : null,
    ),
  );
}

/** Paying needs the admission, which whoever has left (or is on another device) may not have. */
const outside = () =>
  h(
    'p',
    {},
    'Only who is inside can pay: if you have left, you join the waiting room again and wait for your turn first.',
  );

function paymentCard({ concertTitle, amount, status, createdAt }) {
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, concertTitle),
    h('p', {}, `${points(amount)}, ${status === 'REFUNDED' ? 'refunded' : 'paid'}`),
    h('p', { className: 'muted' }, when(createdAt)),
  );
}

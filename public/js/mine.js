import { ask } from './api.js';
import { commandOn } from './checkout.js';
import { button, h } from './dom.js';
import { points, when } from './format.js';
import { attempt, createNotice } from './problem.js';
import { seatList, ticketCard } from './tickets.js';
import { balance, walletView } from './wallet.js';

/** Tickets, bookings, payments and points of whoever is signed in. */
export function mineView(root, _props, signal) {
  const wallet = h('section', { className: 'card' });
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

  root.append(h('h1', {}, 'My things'), ...lists.map(({ element }) => element), wallet);
  walletView(wallet, {}, signal);
  void restart();
}

/** One of the service's lists, newest first, a page at a time. */
function createList({ title, name, none, draw, signal }) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const empty = h('p', { className: 'muted', hidden: true }, none);
  const more = button('Show more', () => void load(), { hidden: true });
  let cursor = null;

  const load = () =>
    attempt(notice, more, async () => {
      const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await ask('GET', `/api/${name}?limit=12${after}`, { signal });
      const cards = page[name].map((row) => draw(row));
      if (cursor === null) list.replaceChildren(...cards);
      else list.append(...cards);
      cursor = page.nextCursor;
      more.hidden = cursor === null;
      empty.hidden = list.childElementCount > 0;
    });

  return {
    element: h('section', {}, h('h2', {}, title), notice.element, list, empty, more),
    restart: () => {
      cursor = null;
      return load();
    },
  };
}

const STATES = { PENDING: 'On hold', PAID: 'Paid', EXPIRED: 'Hold ended', CANCELLED: 'Cancelled' };

function bookingCard(booking, onChange) {
  const { id, concertId, status, seats, totalPrice, createdAt, expiresAt } = booking;
  const notice = createNotice();
  const live = status === 'PENDING' || status === 'PAID';
  const cancel = button(status === 'PAID' ? 'Cancel and refund' : 'Give the seats back', () => void run(), {
    className: 'quiet',
    'aria-label': `Cancel booking ${id}`,
  });
  const run = () =>
    attempt(notice, cancel, async () => {
      await commandOn(booking, 'cancel');
      // The cancelled booking says nothing of the balance, which a refund has changed.
      await Promise.all([balance.refresh(), onChange()]);
    });
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, `${STATES[status] ?? status}: ${points(totalPrice)}`),
    h('p', { className: 'muted' }, status === 'PENDING' ? `Held until ${when(expiresAt)}` : when(createdAt)),
    seatList(seats),
    notice.element,
    h(
      'div',
      { className: 'row' },
      status === 'PENDING'
        ? h('a', { className: 'button', href: `#/concerts/${encodeURIComponent(concertId)}` }, 'Pay')
        : null,
      live ? cancel : null,
    ),
  );
}

function paymentCard({ concertTitle, amount, status, createdAt }) {
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, concertTitle),
    h('p', {}, `${points(amount)}, ${status === 'REFUNDED' ? 'refunded' : 'paid'}`),
    h('p', { className: 'muted' }, when(createdAt)),
  );
}

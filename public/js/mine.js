import { ask } from './api.js';
import { giveBackWords } from './checkout.js';
import { confirmed } from './confirm.js';
import { button, change, h } from './dom.js';
import { points, seatName, when } from './format.js';
import { commandOn, giveBack } from './holds.js';
import { known, t } from './language.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { session } from './session.js';
import { setTitle } from './titles.js';
import { seatList, ticketCard } from './tickets.js';
import { waitlistView } from './waitlist.js';
import { balance, walletView } from './wallet.js';

/** Tickets, bookings, payments and points of whoever is signed in. */
export function mineView(root, _props, signal) {
  const wallet = h('section', { className: 'card' });
  const waiting = h('section', {});
  const tickets = createList({
    title: t('mine.tickets'),
    name: 'tickets',
    none: t('mine.noTickets'),
    draw: (ticket) => ticketCard(ticket, {}, signal),
    signal,
  });
  const bookings = createList({
    title: t('mine.bookings'),
    name: 'bookings',
    none: t('mine.noBookings'),
    draw: (booking) => bookingCard(booking, restart),
    signal,
  });
  const payments = createList({
    title: t('mine.payments'),
    name: 'payments',
    none: t('mine.noPayments'),
    draw: paymentCard,
    signal,
  });
  const lists = [tickets, bookings, payments];
  const restart = () => Promise.all(lists.map((list) => list.restart()));

  setTitle(t('mine.title'));
  root.append(h('h1', {}, t('mine.title')), waiting, ...lists.map(({ element }) => element), wallet);
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
  const more = button(t('more'), () => void attempt(notice, more, load), { hidden: true });
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

function bookingCard(booking, onChange) {
  const { id, concertId, entryId, status, seats, totalPrice, createdAt, expiresAt } = booking;
  const notice = createNotice();
  const live = status === 'PENDING' || status === 'PAID';
  const label = status === 'PAID' ? 'mine.refund' : 'giveBack';
  const cancel = button(t(label), () => void run(), {
    className: 'quiet',
    'aria-label': `${t(label)}: ${t('mine.booking', { id })}`,
  });
  const run = () =>
    attempt(notice, cancel, async () => {
      if (!(await confirmed(status === 'PENDING' ? giveBackWords() : refundWords(booking)))) return;
      await (status === 'PENDING' ? giveBack(booking) : commandOn(booking, 'cancel'));
      // The cancelled booking says nothing of the balance, which a refund has changed.
      await Promise.all([balance.refresh(), onChange()]);
    });
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, `${known(`booking.${status}`) ?? status}: ${points(totalPrice)}`),
    h(
      'p',
      { className: 'muted' },
      status === 'PENDING' ? t('mine.heldUntil', { until: when(expiresAt) }) : when(createdAt),
    ),
    seatList(seats),
    status === 'PENDING' && !entryId && session.queueToken(concertId) === null ? outside() : null,
    notice.element,
    h(
      'div',
      { className: 'row' },
      // Seats of the waiting list are paid for right here: see above.
      status === 'PENDING' && !entryId
        ? h('a', { className: 'button', href: `#/concerts/${encodeURIComponent(concertId)}` }, t('mine.pay'))
        : null,
      live ? cancel : null,
    ),
  );
}

const refundWords = ({ seats, totalPrice }) => ({
  title: t('mine.refund.confirm'),
  details: [
    seats.map((seat) => seatName(seat)).join('; '),
    t('mine.refund.what', { amount: points(totalPrice) }),
  ],
  yes: t('mine.refund.yes'),
});

/** Paying needs the admission, which whoever has left (or is on another device) may not have. */
const outside = () => h('p', {}, t('mine.outside'));

function paymentCard({ concertTitle, amount, status, createdAt }) {
  return h(
    'li',
    { className: 'card' },
    h('h3', {}, concertTitle),
    h('p', {}, t(status === 'REFUNDED' ? 'mine.refunded' : 'mine.paid', { amount: points(amount) })),
    h('p', { className: 'muted' }, when(createdAt)),
  );
}

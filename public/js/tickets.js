import { button, h } from './dom.js';
import { points, seatName, span } from './format.js';

/** What was bought, right after paying. */
export function ticketsView(root, { tickets, payment, concert, schedule, onAgain }) {
  const facts = [concert.title, schedule === null ? null : span(schedule.startAt, schedule.endAt)];
  root.append(
    h('h2', {}, tickets.length === 1 ? 'Your ticket' : 'Your tickets'),
    h(
      'div',
      { className: 'notice good', role: 'status' },
      h('strong', {}, 'Paid.'),
      ` ${points(payment.amount)}.`,
    ),
    h(
      'ul',
      { className: 'cards' },
      tickets.map((ticket) => ticketCard(ticket, facts)),
    ),
    h(
      'div',
      { className: 'row' },
      h('a', { className: 'button', href: '#/mine' }, 'All my things'),
      button('Join again for more seats', onAgain, { className: 'quiet' }),
    ),
  );
}

/** One ticket; the code is what is checked at the door. */
export function ticketCard(ticket, facts = []) {
  const isVoid = ticket.status === 'VOID';
  return h(
    'li',
    { className: `card ticket${isVoid ? ' void' : ''}` },
    facts.filter((fact) => fact !== null).map((fact) => h('p', { className: 'muted' }, fact)),
    h('h3', {}, seatName(ticket)),
    h('p', { className: 'code' }, ticket.code),
    h('p', { className: 'muted' }, isVoid ? 'Void: cancelled' : 'Valid'),
  );
}

export function seatList(seats) {
  return h(
    'ul',
    { className: 'plain' },
    seats.map((seat) => h('li', {}, `${seatName(seat)}: ${points(seat.price)}`)),
  );
}

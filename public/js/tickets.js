import { send } from './api.js';
import { button, h } from './dom.js';
import { points, seatName, span, startOf, zoneWords } from './format.js';
import { known, t } from './language.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { zoneOf } from './zones.js';

/** What was bought, right after paying. */
export function ticketsView(root, { tickets, payment, concert, schedule, onAgain }, signal) {
  const endAt = schedule?.endAt;
  root.append(
    h('h2', {}, t(tickets.length === 1 ? 'tickets.yourOne' : 'tickets.your')),
    h(
      'div',
      { className: 'notice good', role: 'status' },
      h('strong', {}, t('tickets.paid')),
      ` ${points(payment.amount)}.`,
    ),
    h(
      'ul',
      { className: 'cards' },
      tickets.map((ticket) => ticketCard(ticket, { endAt, timeZone: concert.timeZone }, signal)),
    ),
    h(
      'div',
      { className: 'row' },
      h('a', { className: 'button', href: '#/mine' }, t('tickets.all')),
      button(t('tickets.again'), onAgain, { className: 'quiet' }),
    ),
  );
}

/** One ticket, to be shown at the door, printed or put into a diary. The code is what is checked, by eye or scanner. */
export function ticketCard(ticket, { endAt, timeZone } = {}, signal) {
  const { concertId, concertTitle, startAt, code, status } = ticket;
  const times = h('p', {});
  const zone = h('p', { className: 'muted' });
  const tellTimes = (place) => {
    times.textContent = endAt ? span(startAt, endAt, place) : startOf(startAt, place);
    zone.textContent = zoneWords(startAt, place);
  };
  const isValid = status === 'VALID';
  const notice = createNotice();
  const picture = h('img', { className: 'qr', alt: t('ticket.qr'), hidden: true, width: 176, height: 176 });
  const save = button(t('ticket.calendar'), () => void attempt(notice, save, () => saveDate(ticket)));
  const card = h(
    'li',
    { className: `card ticket${isValid ? '' : ' void'}` },
    h('h3', {}, concertTitle),
    times,
    zone,
    h('p', { className: 'big' }, seatName(ticket)),
    picture,
    h('p', { className: 'code' }, code),
    h('p', { className: 'muted' }, known(`ticket.${status}`) ?? status),
    notice.element,
    isValid
      ? h(
          'div',
          { className: 'row' },
          save,
          button(t('ticket.print'), () => printOnly(card)),
        )
      : null,
  );
  tellTimes(timeZone);
  if (timeZone === undefined) void zoneOf(concertId).then(tellTimes);
  if (isValid) void keepTrying(notice, signal, () => showCode(picture, ticket, signal));
  return card;
}

const pathOf = ({ id }, file) => `/api/tickets/${encodeURIComponent(id)}/${file}`;

/** As an image from data: whatever the file may hold, nothing in it runs, and the token stays out of addresses. */
async function showCode(picture, ticket, signal) {
  const response = await send('GET', pathOf(ticket, 'qr.svg'), { signal });
  picture.src = `data:image/svg+xml,${encodeURIComponent(await response.text())}`;
  picture.hidden = false;
}

async function saveDate(ticket) {
  const response = await send('GET', pathOf(ticket, 'calendar.ics'));
  const address = URL.createObjectURL(new Blob([await response.text()], { type: 'text/calendar' }));
  h('a', { href: address, download: `${ticket.code}.ics` }).click();
  URL.revokeObjectURL(address);
}

/** Printing the page prints every ticket on it, each on a sheet of its own: this, one of them. */
function printOnly(card) {
  const mark = (isOn) => {
    card.classList.toggle('printed', isOn);
    document.body.classList.toggle('prints-one', isOn);
  };
  mark(true);
  window.addEventListener('afterprint', () => mark(false), { once: true });
  window.print();
}

export function seatList(seats) {
  return h(
    'ul',
    { className: 'plain' },
    seats.map((seat) => h('li', {}, `${seatName(seat)}: ${points(seat.price)}`)),
  );
}

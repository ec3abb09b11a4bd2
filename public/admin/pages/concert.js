import { ask } from '../../js/api.js';
import { change, h } from '../../js/dom.js';
import { count, points, span, when } from '../../js/format.js';
import { createNotice, keepTrying } from '../../js/problem.js';
import { dateForm } from '../concerts/date-form.js';
import { presalePanel } from '../concerts/presales.js';
import { termsForm } from '../concerts/terms.js';

/** One concert: its words and limit, its dates, its presales. */
export async function concertPage(root, { params: { id }, signal, name }) {
  const path = `/api/admin/concerts/${encodeURIComponent(id)}`;
  const notice = createNotice();
  const title = h('h1', {}, 'A concert');
  const dates = h('div');
  const place = h('div', { className: 'columns' });
  root.append(title, notice.element, place);

  const named = (concert) => {
    title.textContent = concert.title;
    name(concert.title);
  };
  const look = async () => {
    const { concert, schedules } = await ask('GET', `${path}/schedules`, { signal });
    // The figures of the sale are told elsewhere, and may be away: the dates stay.
    const sales = await ask('GET', `${path}/sales`, { signal }).catch(() => ({ schedules: [] }));
    change(dates, () => dates.replaceChildren(dateList(schedules, sales.schedules)));
    return concert;
  };
  await keepTrying(notice, signal, async () => {
    const concert = await look();
    named(concert);
    place.replaceChildren(
      h('section', { className: 'card wide' }, h('h2', {}, 'Dates'), dates),
      h('section', { className: 'card wide' }, dateForm(id, look)),
      h('section', { className: 'card' }, termsForm(concert, named)),
      h('section', { className: 'card' }, presalePanel(id, signal)),
    );
  });
}

function dateList(schedules, sales) {
  if (schedules.length === 0) return h('p', { className: 'muted' }, 'None yet: add the first one.');
  const heads = ['Show', 'Booking', 'Seats', 'Sold', 'Revenue', 'State'];
  const soldOf = new Map(sales.map((each) => [each.id, each]));
  const rows = schedules.map((date) => dateRow(date, soldOf.get(date.id)));
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Dates' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => h('th', { scope: 'col' }, text)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );
}

const dateRow = (date, sales) =>
  h(
    'tr',
    {},
    h('td', {}, h('a', { href: `#/dates/${encodeURIComponent(date.id)}` }, span(date.startAt, date.endAt))),
    h('td', {}, `${when(date.bookingStartAt)} to ${when(date.bookingEndAt)}`),
    h('td', {}, count(date.seats)),
    h('td', {}, sales === undefined ? '' : count(sales.sold)),
    h('td', {}, sales === undefined ? '' : points(sales.revenue)),
    h('td', {}, stateOf(date)),
  );

export function stateOf({ cancelledAt, stopped, bookingStartAt, bookingEndAt }) {
  if (cancelledAt !== null) return 'called off';
  if (stopped) return 'stopped';
  const now = Date.now();
  if (now < Date.parse(bookingStartAt)) return 'not on sale yet';
  return now < Date.parse(bookingEndAt) ? 'on sale' : 'sale over';
}

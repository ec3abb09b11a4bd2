import { ask } from '../../js/api.js';
import { button, h } from '../../js/dom.js';
import { points, seatName, when } from '../../js/format.js';
import { attempt, createNotice } from '../../js/problem.js';
import { askedFor, becameOf, BOOKING, ENTRY, PAYMENT, POINTS, TICKET } from './words.js';

const show = ({ concertTitle, startAt }) =>
  concertTitle === null ? '' : `${concertTitle}, ${when(startAt)}`;
const seats = ({ seats: all }) => all.map(seatName).join('; ');
const wanted = ({ count, sections }) => `${count}${sections === null ? '' : ` in ${sections.join(', ')}`}`;
const used = ({ status, usedAt }) =>
  usedAt === null ? TICKET[status] : `${TICKET[status]}, let in ${when(usedAt)}`;

/** Each list of somebody's things: its heading, its columns, and what stands in them. */
const LISTS = {
  bookings: {
    title: 'Bookings',
    columns: { Made: (row) => when(row.createdAt), Status: (row) => BOOKING[row.status], Show: show, Seats: seats, Price: (row) => points(row.totalPrice) }, // prettier-ignore
  },
  commands: {
    title: 'What was asked for, and what became of it',
    columns: { When: (row) => when(row.createdAt), Asked: askedFor, Outcome: becameOf, Show: show },
  },
  tickets: {
    title: 'Tickets',
    columns: { Show: show, Seat: seatName, Status: used, Code: (row) => row.code },
  },
  payments: {
    title: 'Payments',
    columns: { When: (row) => when(row.createdAt), Concert: (row) => row.concertTitle, Amount: (row) => points(row.amount), Status: (row) => PAYMENT[row.status] }, // prettier-ignore
  },
  points: {
    title: 'Points',
    columns: { When: (row) => when(row.createdAt), What: (row) => POINTS[row.type], Amount: (row) => points(row.amount), 'Balance after': (row) => points(row.balanceAfter) }, // prettier-ignore
  },
  waitlist: {
    title: 'Waiting list',
    columns: { Joined: (row) => when(row.createdAt), Show: show, Seats: wanted, Status: (row) => ENTRY[row.status] }, // prettier-ignore
  },
};

/**
 * The lists of a fan, each with a way to more of it.
 * @param found ids of what was searched for: marked where it stands
 * @param actionsOf a booking's buttons; null: it has none
 */
export function thingLists({ userId, things, found, actionsOf, signal }) {
  return Object.entries(LISTS).map(([name, { title, columns }]) => {
    const actions = name === 'bookings' ? actionsOf : null;
    return thingList({ userId, name, title, columns, actions, page: things[name], found, signal });
  });
}

function thingList({ userId, name, title, columns, actions, page, found, signal }) {
  const heads = [...Object.keys(columns), ...(actions === null ? [] : ['Actions'])];
  const body = h('tbody', {});
  const notice = createNotice();
  const caption = h('h2', { id: `list-${name}` }, title);
  const table = h(
    'div',
    { className: 'wide', tabIndex: 0, role: 'region', 'aria-labelledby': `list-${name}` },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      body,
    ),
  );
  const none = h('p', {}, 'None.');
  const more = button('Show more', () => void attempt(notice, more, next));
  let { nextCursor } = page;

  async function next() {
    const query = `limit=50&cursor=${encodeURIComponent(nextCursor)}`;
    fill(await ask('GET', `/api/admin/users/${userId}/${name}?${query}`, { signal }));
  }

  function fill({ rows, nextCursor: after }) {
    nextCursor = after;
    more.hidden = after === null;
    body.append(...rows.map(rowOf));
    table.hidden = body.childElementCount === 0;
    none.hidden = !table.hidden;
  }

  function rowOf(row) {
    const isFound = found.has(row.id);
    const cells = Object.values(columns).map((cell, index) =>
      index === 0 && isFound
        ? h('td', {}, cell(row), h('strong', { className: 'found' }, ' searched for'))
        : h('td', {}, cell(row)),
    );
    const buttons = actions === null ? [] : [h('td', {}, actions(row))];
    return h('tr', { className: isFound ? 'is-found' : '' }, cells, buttons);
  }

  fill(page);
  return h('section', {}, caption, none, table, notice.element, more);
}

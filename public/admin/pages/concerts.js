import { ask } from '../../js/api.js';
import { button, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { count, when } from '../../js/format.js';
import { attempt, createNotice, keepTrying } from '../../js/problem.js';
import { newConcertForm } from '../concerts/new-concert.js';

const PATH = '/api/admin/concerts';

/** All concerts, newest first; what is searched for stands in the address, so that going back finds it again. */
export async function concertsPage(root, { signal }) {
  const wanted = new URLSearchParams(location.hash.split('?')[1]).get('q') ?? '';
  const notice = createNotice();
  const search = field(
    'Search',
    { type: 'search', value: wanted, maxLength: 200 },
    { hint: "A part of a title, or a concert's id" },
  );
  const list = h('tbody');
  const table = h(
    'table',
    {},
    h('caption', { className: 'aloud' }, 'Concerts'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['Concert', 'Dates', 'Next show', 'Seats per fan'].map((text) => h('th', { scope: 'col' }, text)),
      ),
    ),
    list,
  );
  const none = h('p', { className: 'muted', hidden: true }, 'There is no such concert.');
  let cursor = null;

  async function load() {
    const query = new URLSearchParams({
      q: search.input.value.trim(),
      limit: '50',
      ...(cursor !== null && { cursor }),
    });
    const page = await ask('GET', `${PATH}?${query}`, { signal });
    list.append(...page.concerts.map(row));
    cursor = page.nextCursor;
    more.hidden = cursor === null;
    none.hidden = list.children.length > 0;
  }
  const find = async () => {
    const text = search.input.value.trim();
    history.replaceState(
      null,
      '',
      text === '' ? '#/concerts' : `#/concerts?${new URLSearchParams({ q: text })}`,
    );
    list.replaceChildren();
    cursor = null;
    await load();
  };
  const go = h('button', {}, 'Find');
  const more = button('Show more', () => void attempt(notice, more, load), { hidden: true });
  const form = h(
    'form',
    {
      role: 'search',
      className: 'row',
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, go, find);
      },
    },
    search.element,
    go,
  );
  root.append(
    h('h1', {}, 'Concerts'),
    h(
      'section',
      { className: 'card' },
      form,
      notice.element,
      h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Concerts' }, table),
      none,
      more,
    ),
    h(
      'details',
      { className: 'card' },
      h('summary', {}, 'New concert'),
      newConcertForm((id) => {
        location.hash = `#/concerts/${id}`;
      }),
    ),
  );
  await keepTrying(notice, signal, load);
}

const row = ({ id, title, dates, nextStartAt, seatLimit }) =>
  h(
    'tr',
    {},
    h(
      'td',
      {},
      h('a', { href: `#/concerts/${encodeURIComponent(id)}` }, title),
      ' ',
      h('small', {}, `no. ${id}`),
    ),
    h('td', {}, count(dates)),
    h('td', {}, nextStartAt === null ? 'none ahead' : when(nextStartAt)),
    h('td', {}, count(seatLimit)),
  );

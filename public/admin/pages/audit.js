import { ask } from '../../js/api.js';
import { button, change, h } from '../../js/dom.js';
import { attempt, createNotice, keepTrying } from '../../js/problem.js';
import { download } from '../audit/download.js';
import { entryItem } from '../audit/entry.js';
import { filterForm, filterOfAddress } from '../audit/filter.js';

const PER_PAGE = 50;

/** Who did what, newest first. What it shows stands in the address: it can be sent to somebody. */
export async function auditPage(root, { signal }) {
  const filter = filterOfAddress();
  const [notice, more] = [createNotice(), createNotice()];
  const list = h('ol', { className: 'plain entries', reversed: true });
  const empty = h('p', { hidden: true }, 'Nothing was written down that is like this.');
  const next = button('Load more', () => void attempt(more, next, load), { hidden: true });
  const table = button('Save as CSV', () => void attempt(more, table, save));
  let cursor = null;

  async function load() {
    const page = await ask('GET', `/api/admin/audit?${new URLSearchParams(queryOf(filter, cursor))}`, {
      signal,
    });
    const items = page.entries.map(entryItem);
    list.append(...items);
    cursor = page.nextCursor;
    empty.hidden = list.children.length > 0;
    change(
      root,
      () => {
        next.hidden = cursor === null;
      },
      () => items.at(-1) ?? list,
    );
  }

  const save = async () =>
    download(`/api/admin/audit.csv?${new URLSearchParams(filter)}`, 'audit.csv', { signal });

  root.append(
    h('h1', {}, 'Who did what'),
    filterForm(filter),
    notice.element,
    h('div', { className: 'row' }, table),
    empty,
    list,
    more.element,
    next,
  );
  await keepTrying(notice, signal, load);
}

const queryOf = (filter, cursor) => ({
  ...filter,
  limit: String(PER_PAGE),
  ...(cursor === null ? {} : { cursor }),
});

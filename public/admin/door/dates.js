import { ask } from '../../js/api.js';
import { every, h } from '../../js/dom.js';
import { count, when } from '../../js/format.js';
import { createNotice, keepTrying } from '../../js/problem.js';

const KEY = 'frontrow.door.date';
const COUNT_EVERY_MS = 15_000;

/**
 * Which date is let in here, and how many are in already. `chosen()`: its id, null for any; `recount()` after somebody went in.
 */
export function doorDates({ signal, onChoice }) {
  const notice = createNotice();
  const select = h('select', { id: 'door-date', onchange: () => choose(select.value) });
  const counted = h('small', { role: 'status' });
  const any = () => h('option', { value: '' }, 'Any date');
  select.append(any());

  function choose(id) {
    select.value = id;
    remember(id);
    counted.textContent = '';
    void recount();
    onChoice();
  }

  async function load() {
    const { dates } = await ask('GET', '/api/admin/door/dates', { signal });
    const options = dates.map(({ id, concertTitle, startAt }) =>
      h('option', { value: id }, `${concertTitle}, ${when(startAt)}`),
    );
    select.replaceChildren(any(), ...options);
    // The only show of today is what they are here for.
    const before = remembered() ?? (dates.length === 1 ? dates[0].id : '');
    choose(dates.some(({ id }) => id === before) ? before : '');
  }

  async function recount() {
    const id = select.value;
    if (id === '' || signal.aborted) return;
    // Only a number to look at: the next look may work.
    const found = await ask('GET', `/api/admin/door/dates/${id}`, { signal }).catch(() => null);
    if (found === null || select.value !== id) return;
    counted.textContent = `${count(found.used)} of ${count(found.tickets)} are in.`;
  }

  void keepTrying(notice, signal, load);
  every(COUNT_EVERY_MS, () => void recount(), signal);
  return {
    element: h(
      'div',
      { className: 'field' },
      h('label', { htmlFor: 'door-date' }, 'Let in for'),
      select,
      counted,
      notice.element,
    ),
    chosen: () => (select.value === '' ? null : select.value),
    recount: () => void recount(),
  };
}

const remembered = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Forbidden here: it is chosen again.
  }
};
const remember = (id) => {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // The same.
  }
};

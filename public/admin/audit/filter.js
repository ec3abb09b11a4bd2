import { button, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { localInput, momentOf } from '../forms.js';
import { ACTIONS } from './words.js';

const NAMES = ['subject', 'who', 'action', 'from', 'to'];

/** What the address asks for: the part after its question mark. */
export function filterOfAddress() {
  const asked = new URLSearchParams(location.hash.split('?')[1] ?? '');
  return Object.fromEntries(
    NAMES.map((name) => [name, asked.get(name) ?? '']).filter(([, text]) => text !== ''),
  );
}

/** The address of this page with such a filter. */
export const addressOf = (filter) => {
  const asked = new URLSearchParams(filter).toString();
  return asked === '' ? '#/audit' : `#/audit?${asked}`;
};

export function filterForm(filter) {
  const moment = (name) => {
    const at = Date.parse(filter[name] ?? '');
    return { type: 'datetime-local', value: Number.isNaN(at) ? '' : localInput(at) };
  };
  const text = (name) => ({ value: filter[name] ?? '', autocomplete: 'off', spellcheck: false });
  const fields = {
    subject: field('What it was done to', text('subject'), { hint: 'Such as schedule:12' }),
    who: field('Who', text('who'), { hint: 'E-mail, or “service”' }),
    action: field('What was done', text('action')),
    from: field('From', moment('from')),
    to: field('Until', moment('to')),
  };
  const known = h(
    'datalist',
    { id: 'audit-actions' },
    Object.keys(ACTIONS).map((value) => h('option', { value })),
  );
  fields.action.input.setAttribute('list', known.id);
  const show = (wanted) => {
    // The same once more: what was written since.
    if (location.hash === addressOf(wanted)) window.dispatchEvent(new window.Event('hashchange'));
    else location.hash = addressOf(wanted);
  };
  return h(
    'form',
    {
      className: 'card filter',
      onsubmit: (event) => {
        event.preventDefault();
        show(wantedOf(fields));
      },
    },
    h(
      'div',
      { className: 'fields' },
      Object.values(fields).map(({ element }) => element),
    ),
    known,
    h(
      'div',
      { className: 'row' },
      h('button', { className: 'primary' }, 'Show'),
      button('Show all', () => show({})),
    ),
  );
}

function wantedOf(fields) {
  const { from, to, ...texts } = fields;
  const written = Object.entries(texts).map(([name, { input }]) => [name, input.value.trim()]);
  const moments = Object.entries({ from, to }).map(([name, each]) => [
    name,
    each.input.value && momentOf(each),
  ]);
  return Object.fromEntries([...written, ...moments].filter(([, value]) => value !== ''));
}

import { h } from './dom.js';
import { t } from './language.js';

let made = 0;

/**
 * A labelled input. The input is `field.input`, the element to place `field.element`.
 * @param words.hint what to know before typing @param words.wrong said in place of the service's own words for a fault
 * @returns also `fail(message)`, which says beside the input what is wrong with it, and `clear()`
 */
export function field(label, props, { hint, wrong } = {}) {
  made += 1;
  const id = `field-${made}`;
  const notes = [
    hint === undefined ? null : h('small', { id: `${id}-hint` }, hint),
    h('small', { id: `${id}-fault`, className: 'fault', hidden: true }),
  ].filter((note) => note !== null);
  const fault = notes.at(-1);
  const clear = () => {
    fault.hidden = true;
    input.removeAttribute('aria-invalid');
  };
  const input = h('input', {
    id,
    'aria-describedby': notes.map((note) => note.id).join(' '),
    oninput: clear,
    ...props,
  });
  const fail = (message) => {
    fault.textContent = wrong ?? message;
    fault.hidden = false;
    input.setAttribute('aria-invalid', 'true');
  };
  const element = h('div', { className: 'field' }, h('label', { htmlFor: id }, label), input, notes);
  return { element, input, fail, clear };
}

/**
 * Tells each fault of a refused request beside its field, and goes to the first.
 * @returns the problem that is left to be told elsewhere
 */
export function failFields(error, fields) {
  const faults = error.members?.errors ?? [];
  const fieldOf = ({ path }) => fields[path.split('.').at(-1)];
  const placed = faults.filter((fault) => fieldOf(fault) !== undefined);
  if (placed.length === 0) return error;
  for (const fault of placed) fieldOf(fault).fail(fault.message);
  Object.values(fields)
    .find(({ input }) => input.getAttribute('aria-invalid') === 'true')
    ?.input.focus();
  const left = faults.filter((fault) => fieldOf(fault) === undefined);
  return error.with({ title: t('fields.notYet'), detail: t('fields.see'), errors: left });
}

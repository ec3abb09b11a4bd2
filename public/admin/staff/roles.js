import { h } from '../../js/dom.js';

/** What each role is called, and what who has it can do. */
export const ROLES = {
  operator: {
    title: 'an operator',
    text: 'Operators can do everything: steer sales, cancel shows, and give roles.',
  },
  support: {
    title: 'support',
    text: 'Support looks at fans and their bookings, and cancels these on their behalf.',
  },
  door: { title: 'door staff', text: 'Door staff checks tickets in, and sees nothing else.' },
  user: { title: 'no staff', text: 'They keep their account as a fan, with their bookings and points.' },
};

const LABELS = { operator: 'Operator', support: 'Support', door: 'Door', user: 'None: take all rights away' };

/** @param hidden its label is for screen readers alone: a table's head says it to others */
export function roleSelect(label, role, id, hidden = false) {
  const options = Object.entries(LABELS).map(([value, text]) =>
    h('option', { value, selected: value === role }, text),
  );
  const input = h('select', { id, 'aria-label': hidden ? label : null }, options);
  const element = h('div', { className: 'field' }, hidden ? null : h('label', { htmlFor: id }, label), input);
  return { element, input };
}

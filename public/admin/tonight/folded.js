import { h } from '../../js/dom.js';

/** A part of the controls that is folded away. @param onSubmit does it */
export function folded(title, fields, label, onSubmit) {
  const submit = h('button', {}, label);
  const form = h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        void onSubmit(submit);
      },
    },
    fields,
    h('div', { className: 'row' }, submit),
  );
  return h('details', {}, h('summary', {}, title), form);
}

/** Fills a form while it is folded away: what is being typed must not be overwritten by the next state. */
export function filledOnce(details, fill) {
  return (room) => {
    if (!details.open) fill(room);
  };
}

import { h } from '../js/dom.js';
import { field } from '../js/fields.js';
import { attempt, createNotice } from '../js/problem.js';

/**
 * A form with its heading, its problems and one button.
 * @param work gives what to say once it is done: [title, detail]; or nothing, where the page says it
 * @param named its fields by the names that the service has for them: what is wrong with one is told beside it
 */
export function form(title, label, fields, work, named = {}, className = 'primary') {
  const notice = createNotice();
  const submit = h('button', { className }, label);
  const send = async () => {
    const said = await work();
    if (said !== undefined) notice.say(...said);
  };
  return h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, send, named);
      },
    },
    h('h2', {}, title),
    fields,
    notice.element,
    submit,
  );
}

export const momentField = (label, value) =>
  field(label, { type: 'datetime-local', required: true, value: localInput(value) });

/** What a datetime-local input takes: the local time, without a zone. */
export function localInput(milliseconds) {
  const minutesWest = new Date(milliseconds).getTimezoneOffset();
  return new Date(milliseconds - minutesWest * 60_000).toISOString().slice(0, 16);
}

/** The moment that such an input has, as the service takes it. */
export const momentOf = ({ input }) => new Date(input.value).toISOString();

import { ask } from '../../js/api.js';
import { h } from '../../js/dom.js';
import { when } from '../../js/format.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';
import { form, localInput, momentField, momentOf } from '../forms.js';

const LABELS = {
  bookingStartAt: 'Booking opens',
  bookingEndAt: 'Booking closes',
  startAt: 'Show starts',
  endAt: 'Show ends',
};

/** Moves a date. Only what was changed is sent: the inputs know no seconds, and another operator may move the rest. */
export function timesForm(path, schedule, onChange) {
  let now = schedule;
  const fields = Object.fromEntries(
    Object.entries(LABELS).map(([name, label]) => [name, momentField(label, Date.parse(now[name]))]),
  );
  const fill = () => {
    for (const [name, { input }] of Object.entries(fields)) input.value = localInput(Date.parse(now[name]));
  };
  const changed = () =>
    Object.entries(fields).filter(([name, { input }]) => input.value !== localInput(Date.parse(now[name])));
  const send = async () => {
    const moved = changed();
    if (moved.length === 0) return ['Nothing to change.'];
    const body = Object.fromEntries(moved.map(([name, each]) => [name, momentOf(each)]));
    const lines = Object.entries(body).map(([name, value]) =>
      h('li', {}, `${LABELS[name]}: ${when(now[name])} becomes ${when(value)}`),
    );
    const text = [
      h('ul', { className: 'plain' }, lines),
      'What is booked stays booked. Fans see the new times at once.',
    ];
    if (!(await confirmAct({ title: 'Change the times?', text, act: 'Change the times' }))) return undefined;
    const answer = await ask('PATCH', path, { body });
    now = { ...now, ...answer.schedule };
    fill();
    tellEffect('Changed.', 'The times are in force.');
    await onChange();
    return ['In force.'];
  };
  return form(
    'Times',
    'Change the times',
    Object.values(fields).map(({ element }) => element),
    send,
    fields,
  );
}

import { ask } from '../../js/api.js';
import { h } from '../../js/dom.js';
import { count, span } from '../../js/format.js';
import { ProblemError } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';
import { form, momentField, momentOf } from '../forms.js';
import { planEditor } from './plan-file.js';
import { sectionsEditor } from './sections.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Adds a date with its house: by sections, or by a file that names each seat. @param onMade called once it is there */
export function dateForm(concertId, onMade) {
  const now = Date.now();
  const times = {
    bookingStartAt: momentField('Booking opens', now),
    bookingEndAt: momentField('Booking closes', now + 29 * DAY),
    startAt: momentField('Show starts', now + 30 * DAY),
    endAt: momentField('Show ends', now + 30 * DAY + 2 * HOUR),
  };
  const single = h('input', { type: 'checkbox' });
  const houses = { sections: sectionsEditor(), plan: planEditor() };
  const choice = houseChoice(houses);
  const fields = [
    h(
      'div',
      { className: 'fields wide' },
      Object.values(times).map(({ element }) => element),
    ),
    h('label', { className: 'check' }, single, ' Refuse choices that leave a single seat'),
    choice.element,
  ];
  const send = async () => {
    const moments = Object.entries(times).map(([name, each]) => [name, momentOf(each)]);
    const terms = { ...Object.fromEntries(moments), singleSeats: single.checked ? 'refuse' : 'allow' };
    const house = await choice.read();
    if (house === null)
      throw new ProblemError({ title: 'No plan yet', detail: 'Choose a file without faults first.' });
    const text = `${house.told ?? 'Its seats'}, on sale ${span(terms.bookingStartAt, terms.bookingEndAt)}. The seats of a date cannot be changed later.`;
    if (!(await confirmAct({ title: 'Add this date?', text, act: 'Add the date' }))) return undefined;
    const { told: _said, ...seats } = house;
    const body = { ...terms, ...seats };
    const made = await ask('POST', `/api/admin/concerts/${encodeURIComponent(concertId)}/schedules`, {
      body,
    });
    await onMade();
    tellEffect('Added.', `${count(made.seats)} seats, date ${made.schedule.id}.`);
    return ['Added.', `${count(made.seats)} seats, date ${made.schedule.id}.`];
  };
  return form('Add a date', 'Add the date', fields, send, times);
}

/** What is not chosen is not asked for: a hidden field that is required would hold the form back without a word. */
function houseChoice({ sections, plan }) {
  const option = (value, label, checked) =>
    h(
      'label',
      { className: 'check' },
      h('input', { type: 'radio', name: 'house', value, checked, onchange: () => show(value) }),
      ` ${label}`,
    );
  const place = h('div');
  let chosen = sections;
  const show = (value) => {
    chosen = value === 'plan' ? plan : sections;
    place.replaceChildren(chosen.element);
  };
  show('sections');
  const options = [
    option('sections', 'By sections', true),
    option('plan', 'Seat by seat, from a CSV file', false),
  ];
  return {
    element: h('fieldset', {}, h('legend', {}, 'Seats'), h('div', { className: 'row' }, options), place),
    read: () => chosen.read(),
  };
}

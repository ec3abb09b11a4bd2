import { ask } from './api.js';
import { button, h } from './dom.js';
import { field } from './fields.js';
import { count } from './format.js';
import { attempt, createNotice } from './problem.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** @param onMade called with the new concert's id */
export function newConcertForm(onMade) {
  const title = field('Title', { required: true, maxLength: 200 });
  const description = field('Description', { maxLength: 5000 });
  const seatLimit = field('Seats per fan and date', {
    type: 'number',
    min: 1,
    max: 1000,
    value: '4',
    required: true,
  });
  const fields = [title, description, seatLimit].map(({ element }) => element);
  return form('New concert', 'Make the concert', fields, async () => {
    const { concert } = await ask('POST', '/api/admin/concerts', {
      body: {
        title: title.input.value,
        description: description.input.value,
        seatLimit: Number(seatLimit.input.value),
      },
    });
    await onMade(concert.id);
    return ['Made.', 'Now add a date.'];
  });
}

/** A date with its house: sections of rows of seats. */
export function newDateForm(concertId) {
  const now = Date.now();
  const times = {
    bookingStartAt: momentField('Booking opens', now),
    bookingEndAt: momentField('Booking closes', now + 29 * DAY),
    startAt: momentField('Show starts', now + 30 * DAY),
    endAt: momentField('Show ends', now + 30 * DAY + 2 * HOUR),
  };
  const sections = new Set();
  const list = h('div');
  const addSection = (values) => {
    const section = sectionFields(values, () => {
      sections.delete(section);
      section.element.remove();
    });
    sections.add(section);
    list.append(section.element);
  };
  addSection({ name: 'A', rows: 5, seatsPerRow: 10, price: 50_000 });

  const fields = [
    h(
      'div',
      { className: 'fields wide' },
      Object.values(times).map(({ element }) => element),
    ),
    list,
    button('Add a section', () => addSection({ name: '', rows: 10, seatsPerRow: 20, price: 50_000 })),
  ];
  return form('Add a date', 'Add the date', fields, async () => {
    const moments = Object.entries(times).map(([name, { input }]) => [
      name,
      new Date(input.value).toISOString(),
    ]);
    const made = await ask('POST', `/api/admin/concerts/${encodeURIComponent(concertId)}/schedules`, {
      body: { ...Object.fromEntries(moments), sections: [...sections].map(({ read }) => read()) },
    });
    return ['Added.', `${count(made.seats)} seats, date ${made.schedule.id}.`];
  });
}

function sectionFields(values, onRemove) {
  const name = field('Section', { required: true, maxLength: 50, value: values.name });
  const size = { type: 'number', min: 1, max: 1000, required: true };
  const rows = field('Rows', { ...size, value: String(values.rows) });
  const seatsPerRow = field('Seats per row', { ...size, value: String(values.seatsPerRow) });
  const price = field('Price', { ...size, min: 0, max: 1_000_000_000, value: String(values.price) });
  const accessible = h('input', { type: 'checkbox' });
  const element = h(
    'fieldset',
    { className: 'fields' },
    h('legend', {}, 'Section'),
    [name, rows, seatsPerRow, price].map((one) => one.element),
    h('label', { className: 'check' }, accessible, ' Accessible'),
    button('Remove', onRemove, { className: 'quiet' }),
  );
  const read = () => ({
    name: name.input.value,
    rows: Number(rows.input.value),
    seatsPerRow: Number(seatsPerRow.input.value),
    price: Number(price.input.value),
    ...(accessible.checked ? { attributes: { accessible: 'true' } } : {}),
  });
  return { element, read };
}

/** @param work gives what to say once it is done: [title, detail] */
export function form(title, label, fields, work) {
  const notice = createNotice();
  const submit = h('button', { className: 'primary' }, label);
  return h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, async () => notice.say(...(await work())));
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

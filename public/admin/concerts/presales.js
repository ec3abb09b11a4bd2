import { ask } from '../../js/api.js';
import { button, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { count, when } from '../../js/format.js';
import { form, momentField } from '../forms.js';
import { attempt, createNotice } from '../../js/problem.js';

const HOUR = 3_600_000;

/** A concert's presales, and a form for another one. Its codes are shown once: they are saved as a file. */
export function presalePanel(concertId, signal) {
  const path = `/api/admin/concerts/${encodeURIComponent(concertId)}/presales`;
  const notice = createNotice();
  const list = h('ul');
  const saving = h('div');
  const look = () =>
    attempt(notice, null, async () => {
      const { presales } = await ask('GET', path, { signal });
      list.replaceChildren(...presales.map(row));
    });

  const now = Date.now();
  const name = field('Name', { name: 'name', required: true, maxLength: 100 });
  const startsAt = momentField('Starts', now);
  const endsAt = momentField('Ends, by the opening', now + HOUR);
  const number = field('Codes to make', { type: 'number', min: 1, max: 100_000, value: '100' });
  const listed = h('textarea', {
    rows: 3,
    'aria-label': 'Codes of your own, one in each line, in place of new ones',
  });
  const dates = field('Only these dates', {}, { hint: 'Their numbers, with commas; empty: all' });
  const seatLimit = field(
    'Seats per fan and date',
    { type: 'number', min: 1, max: 1000 },
    { hint: 'empty: as ever' },
  );
  const fields = [name, startsAt, endsAt, number].map(({ element }) => element);
  const parts = [
    h('div', { className: 'fields wide' }, fields, dates.element, seatLimit.element),
    h('label', { className: 'field' }, h('span', {}, 'Or codes of your own, one in each line'), listed),
    saving,
  ];

  const made = form('Add a presale', 'Make the presale', parts, async () => {
    const own = lines(listed.value);
    const scheduleIds = dates.input.value.split(/[\s,]+/).filter((id) => id !== '');
    const { presale, codes } = await ask('POST', path, {
      body: {
        name: name.input.value,
        startsAt: new Date(startsAt.input.value).toISOString(),
        endsAt: new Date(endsAt.input.value).toISOString(),
        codes: own.length > 0 ? { list: own } : { count: Number(number.input.value) },
        ...(scheduleIds.length > 0 && { scheduleIds }),
        ...(seatLimit.input.value !== '' && { seatLimit: Number(seatLimit.input.value) }),
      },
    });
    saving.replaceChildren(saver(presale, codes));
    void look();
    return ['Made.', 'Save its codes now: nobody can read them again.'];
  });
  void look();
  return h('div', {}, h('h2', {}, 'Presales'), notice.element, list, made);
}

function row({ name, startsAt, endsAt, count: codes, claimed }) {
  return h(
    'li',
    {},
    `${name}: ${when(startsAt)} to ${when(endsAt)}, ${count(claimed)} of ${count(codes)} codes used`,
  );
}

function saver({ id, name }, codes) {
  return button(
    `Save the ${count(codes.length)} codes of “${name}”`,
    () => {
      const address = URL.createObjectURL(new Blob([`${codes.join('\n')}\n`], { type: 'text/plain' }));
      h('a', { href: address, download: `presale-${id}-codes.txt` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    },
    { className: 'primary' },
  );
}

const lines = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

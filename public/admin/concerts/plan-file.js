import { ask } from '../../js/api.js';
import { change, h } from '../../js/dom.js';
import { count, points } from '../../js/format.js';
import { attempt, createNotice } from '../../js/problem.js';
import { faultList } from './plan-faults.js';
import { decoded, ENCODINGS } from './plan-text.js';

const EXAMPLE =
  'section,row,number,price,quality,attributes,standing\nStalls,1,1,50000,5,accessible=true,\nStalls,1,2,50000,,view=side,\n';

/** A plan from a file, looked through by the service before anything is made. @returns `read()` gives it once it has no faults */
export function planEditor() {
  const notice = createNotice();
  const result = h('div', { 'aria-live': 'polite' });
  const encoding = h(
    'select',
    { onchange: () => void look() },
    Object.entries(ENCODINGS).map(([value, label]) => h('option', { value }, label)),
  );
  const input = h('input', {
    type: 'file',
    accept: '.csv,.txt,text/csv',
    onchange: () => take(input.files[0]),
  });
  let file = null;
  let good = null;
  let looks = 0;

  const take = (next) => {
    if (next === undefined || next === null) return;
    file = next;
    void look();
  };
  async function look() {
    if (file === null) return;
    looks += 1;
    const turn = looks;
    good = null;
    result.replaceChildren(h('p', { className: 'muted' }, `Reading ${file.name}…`));
    await attempt(notice, null, async () => {
      try {
        const text = decoded(await file.arrayBuffer(), encoding.value);
        const answer = await ask('POST', '/api/admin/plans/check', { body: { plan: text } });
        if (turn !== looks) return; // Another file was chosen meanwhile.
        if (answer.errors.length === 0)
          good = { plan: text, told: `${count(answer.plan.seats)} seats from ${file.name}` };
        change(result, () => result.replaceChildren(...found(file.name, text, answer)));
      } catch (error) {
        if (turn === looks) result.replaceChildren();
        throw error;
      }
    });
  }

  const area = h(
    'div',
    {
      className: 'drop',
      ondragover: (event) => {
        event.preventDefault();
        area.dataset.over = '';
      },
      ondragleave: () => delete area.dataset.over,
      ondrop: (event) => {
        event.preventDefault();
        delete area.dataset.over;
        take(event.dataTransfer.files[0]);
      },
    },
    h('label', { className: 'field' }, h('span', {}, 'A CSV file: choose it, or drop it here'), input),
    h('label', { className: 'field' }, h('span', {}, 'Written in'), encoding),
  );
  const element = h(
    'div',
    {},
    area,
    h(
      'p',
      { className: 'muted' },
      'A line a seat; the first line names the columns, in any order. `number` is what is printed on the chair. A number left out in a row is an aisle.',
    ),
    h('details', {}, h('summary', {}, 'An example'), h('pre', { tabIndex: 0 }, EXAMPLE)),
    notice.element,
    result,
  );
  return { element, read: async () => good };
}

function found(name, text, { plan, errors, moreErrors }) {
  const parts = [];
  if (errors.length > 0) parts.push(faultList(name, text, errors, moreErrors));
  else
    parts.push(
      h(
        'p',
        { className: 'notice good' },
        h('strong', {}, `${name} has no faults.`),
        ' A date can be made of it.',
      ),
    );
  if (plan.seats > 0) parts.push(summary(plan));
  return parts;
}

function summary({ seats, sections, prices, labelled, gaps, worth }) {
  const rows = sections.map((section) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, section.name),
      [section.rows, section.seats, section.accessible, section.standing].map((value) =>
        h('td', {}, count(value)),
      ),
      h(
        'td',
        {},
        section.lowestPrice === section.highestPrice
          ? points(section.lowestPrice)
          : `${count(section.lowestPrice)} to ${points(section.highestPrice)}`,
      ),
    ),
  );
  const heads = ['Section', 'Rows', 'Seats', 'Accessible', 'Standing', 'Price'];
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'What the plan holds' },
    h(
      'table',
      {},
      h(
        'caption',
        {},
        `${count(seats)} seats, worth ${points(worth)}; ${count(prices.length)} prices, ${count(gaps)} aisles, ${count(labelled)} chairs with another number on them than their own`,
      ),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => h('th', { scope: 'col' }, text)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );
}

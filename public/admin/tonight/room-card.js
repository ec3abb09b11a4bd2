import { h } from '../../js/dom.js';
import { count, points, when } from '../../js/format.js';
import { roomControls } from './controls.js';
import { roomCurves } from './curves.js';
import { duration, perSecond, PHASES, timeOf } from './words.js';

const OLD_BACKLOG_SECONDS = 2;

/** The figures of a room: what it is called, how it is told, and whether it calls for attention. */
const FIGURES = [
  ['Waiting', ({ waiting }) => count(waiting)],
  ['Inside', ({ active, policy }) => `${count(active)} of ${count(policy.maxActive)}`],
  ['Admitted per second', ({ admittedPerSecond }) => perSecond(admittedPerSecond)],
  ['Admitted in all', ({ admittedTotal }) => count(admittedTotal)],
  ['Longest wait', ({ oldestWaitSeconds }) => duration(oldestWaitSeconds)],
  ['Gave up', ({ abandonedTotal }) => count(abandonedTotal)],
  ['Commands per second', ({ commandsPerSecond }) => perSecond(commandsPerSecond)],
  ['Refused per second', ({ refusedPerSecond }) => perSecond(refusedPerSecond)],
  [
    'Oldest batch',
    ({ backlogSeconds }) => `${perSecond(backlogSeconds)} s`,
    ({ backlogSeconds }) => backlogSeconds >= OLD_BACKLOG_SECONDS,
  ],
  ['Revenue', ({ revenue }) => points(revenue)],
];

/** One room as a card that follows the desk. @param mayChange whether its controls are shown */
export function roomCard(first, { mayChange, drawn, signal }) {
  let room = first;
  const id = `room-${first.concertId}`;
  const title = h('h2', { id });
  // Two concerts may have the same title.
  const number = `no. ${first.concertId}`;
  const phase = h('span', { className: 'phase' });
  const figures = FIGURES.map(([label, tell, isBad = () => false]) => ({
    tell,
    isBad,
    label,
    value: h('dd'),
  }));
  const dates = h('tbody');
  const controls = mayChange ? roomControls(() => room) : null;
  const curves = h('details', { className: 'hour', open: drawn }, h('summary', {}, 'The last hour'));
  let drawing = null;
  const drawCurves = () => {
    if (!curves.open || drawing !== null) return;
    drawing = roomCurves(first, signal);
    curves.append(drawing.element);
  };
  curves.addEventListener('toggle', drawCurves);
  const element = h(
    'section',
    { className: 'card room', 'aria-labelledby': `${id} ${id}-number` },
    h('div', { className: 'row' }, title, h('small', { id: `${id}-number` }, number), phase),
    h(
      'dl',
      { className: 'numbers' },
      figures.map(({ label, value }) => h('div', {}, h('dt', {}, label), value)),
    ),
    controls?.element,
    datesTable(`${first.title} ${number}`, dates),
    curves,
  );

  /** Only what differs is written: a screen reader, a selection or the focus must not be torn away every other second. */
  function update(next, at) {
    room = next;
    write(title, room.title);
    write(phase, phaseWords(room));
    phase.dataset.phase = room.phase ?? 'NOBODY';
    for (const { tell, isBad, value } of figures) {
      write(value, tell(room));
      value.classList.toggle('alarm', isBad(room));
    }
    const told = JSON.stringify(room.dates);
    if (dates.dataset.told !== told) dates.replaceChildren(...room.dates.map(dateRow));
    dates.dataset.told = told;
    controls?.update(room);
    drawCurves();
    drawing?.update(room, at);
  }
  return { element, update };
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function phaseWords({ phase, opensAt, policy }) {
  const paused = policy.paused && phase !== 'PAUSED' ? ', paused' : '';
  if (phase === null) return `Nobody has come yet${paused}`;
  if (phase === 'BEFORE_OPENING' && opensAt !== null)
    return `${PHASES[phase]}, opens at ${when(opensAt)}${paused}`;
  return `${PHASES[phase]}${paused}`;
}

const COLUMNS = ['Date', 'Free', 'Held', 'Sold', 'Out of sale', 'Revenue', 'Given back'];

function datesTable(title, body) {
  const heads = COLUMNS.map((text) => h('th', { scope: 'col' }, text));
  const table = h('table', {}, h('caption', {}, 'Dates'), h('thead', {}, h('tr', {}, heads)), body);
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `Dates of ${title}` },
    table,
  );
}

function dateRow({
  id,
  startAt,
  bookingStartAt,
  stopped,
  available,
  held,
  sold,
  blocked,
  total,
  revenue,
  refunded,
}) {
  const name = h('a', { href: `#/dates/${id}` }, when(startAt));
  const opens = Date.parse(bookingStartAt) > Date.now() ? ` (booking from ${timeOf(bookingStartAt)})` : '';
  const halted = stopped ? h('span', { className: 'alarm' }, ' stopped') : null;
  const share = total === 0 ? '' : ` (${Math.floor((100 * sold) / total)} %)`;
  const cells = [
    count(available),
    count(held),
    `${count(sold)}${share}`,
    count(blocked),
    points(revenue),
    points(refunded),
  ];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, opens, halted),
    cells.map((text) => h('td', {}, text)),
  );
}

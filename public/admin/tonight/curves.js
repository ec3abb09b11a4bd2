import { ask } from '../../js/api.js';
import { h } from '../../js/dom.js';
import { count } from '../../js/format.js';
import { chartLibrary } from './chart-library.js';
import { perSecond } from './words.js';

const HEIGHT = 150;
const HOUR_SECONDS = 3600;
const TABLE_STEP_SECONDS = 300;

/** What is drawn together, as it has one measure. Colours are of theme.css; dashes tell lines apart for who cannot tell colours. */
const CHARTS = [
  {
    title: 'Fans',
    lines: [
      ['waiting', 'Waiting', '--accent'],
      ['active', 'Inside', '--good-line', [6, 3]],
    ],
  },
  {
    title: 'Per second',
    lines: [
      ['admittedPerSecond', 'Admitted', '--good-line'],
      ['commandsPerSecond', 'Commands', '--accent', [6, 3]],
      ['refusedPerSecond', 'Refused', '--bad-line', [2, 3]],
    ],
  },
  {
    title: 'Seats',
    lines: [
      ['available', 'Free', '--accent'],
      ['held', 'Held', '--seat-held-line', [6, 3]],
      ['sold', 'Sold', '--good-line', [2, 3]],
    ],
  },
];
const TABLE = {
  waiting: 'Waiting',
  active: 'Inside',
  abandonedTotal: 'Gave up',
  admittedPerSecond: 'Admitted per second',
  available: 'Free',
  held: 'Held',
  sold: 'Sold',
  revenue: 'Revenue',
};

/** The last hour of one room, drawn, and as a table; it goes on with every state. @returns what to place, and to tell of news */
export function roomCurves({ concertId, title }, signal) {
  const places = CHARTS.map((chart) => h('figure', { className: 'curve' }, h('figcaption', {}, chart.title)));
  const note = h('p', { className: 'muted' }, 'The last hour is being read.');
  const tableBody = h('tbody');
  const table = h(
    'details',
    {},
    h('summary', {}, 'The last hour as a table'),
    tableOf(`${title} no. ${concertId}`, tableBody),
  );
  const element = h('div', {}, h('div', { className: 'curves' }, places), note, table);
  let columns = null;
  let plots = [];
  const waiting = [];

  const draw = () => {
    plots.forEach((plot, index) => plot.setData(dataOf(CHARTS[index], columns)));
    if (table.open) tableBody.replaceChildren(...rowsOf(columns));
  };
  table.addEventListener('toggle', () => columns !== null && draw());

  async function start() {
    const path = `/api/admin/concerts/${encodeURIComponent(concertId)}/curves`;
    const [read, Library] = await Promise.all([ask('GET', path, { signal }), chartLibrary()]);
    if (signal.aborted) return;
    columns = read;
    for (const [at, room] of waiting) append(columns, at, room);
    note.hidden = Library !== null;
    note.textContent = 'This browser cannot draw the curves: see the table.';
    if (Library !== null)
      plots = CHARTS.map((chart, index) => plotOf(Library, chart, columns, places[index], signal));
    draw();
  }
  const fail = () => {
    if (!signal.aborted) note.textContent = 'The last hour cannot be read now: it is drawn from here on.';
    columns ??= { at: [], lines: {}, stepSeconds: 5 };
  };
  void start().catch(fail);

  const update = (room, iso) => {
    const at = Date.parse(iso) / 1000;
    if (columns === null) return void waiting.push([at, room]);
    append(columns, at, room);
    draw();
  };
  return { element, update };
}

/** One sample more. Two of one step are one, as in what the service keeps. */
function append({ at, lines, stepSeconds }, seconds, { seats, ...room }) {
  const step = Math.floor(seconds / stepSeconds) * stepSeconds;
  if (step < (at.at(-1) ?? 0)) return;
  const isSame = step === at.at(-1);
  if (!isSame) at.push(step);
  const values = { ...room, ...seats };
  for (const name of namesOf()) {
    lines[name] ??= at.map(() => null);
    if (isSame) lines[name].pop();
    lines[name][at.length - 1] = values[name] ?? null;
  }
  while (at[0] < step - HOUR_SECONDS) {
    at.shift();
    for (const line of Object.values(lines)) line.shift();
  }
}

const namesOf = () =>
  new Set([...CHARTS.flatMap(({ lines }) => lines.map(([name]) => name)), ...Object.keys(TABLE)]);
const dataOf = ({ lines }, columns) => [
  columns.at,
  ...lines.map(([name]) => columns.lines[name] ?? columns.at.map(() => null)),
];

function plotOf(Library, { lines }, columns, place, signal) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line') },
  };
  const width = () => Math.max(200, place.clientWidth);
  const plot = new Library(
    {
      width: width(),
      height: HEIGHT,
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.05)] } },
      axes: [axis, { ...axis, size: 60, values: (_plot, ticks) => ticks.map(perSecond) }],
      series: [
        {},
        ...lines.map(([, label, name, dash]) => ({ label, stroke: colour(name), width: 2, dash })),
      ],
    },
    dataOf({ lines }, columns),
    place,
  );
  const resize = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT }));
  resize.observe(place);
  signal.addEventListener('abort', () => {
    resize.disconnect();
    plot.destroy();
  });
  return plot;
}

function tableOf(whose, body) {
  const heads = ['Time', ...Object.values(TABLE)].map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `The last hour of ${whose}` },
    h('table', {}, h('thead', {}, h('tr', {}, heads)), body),
  );
}

/** One row for every five minutes, and the latest, newest first. */
function rowsOf({ at, lines }) {
  const last = at.length - 1;
  const chosen = at
    .map((_seconds, index) => index)
    .filter(
      (index) =>
        index === last ||
        Math.floor(at[index] / TABLE_STEP_SECONDS) !== Math.floor(at[index + 1] / TABLE_STEP_SECONDS),
    );
  return chosen.toReversed().map((index) => {
    const time = new Date(at[index] * 1000).toLocaleTimeString('en-GB');
    const value = (name) => lines[name]?.[index] ?? null;
    const cells = Object.keys(TABLE).map((name) =>
      h('td', {}, value(name) === null ? '–' : count(value(name))),
    );
    return h('tr', {}, h('th', { scope: 'row' }, time), cells);
  });
}

import { ask } from '../../js/api.js';
import { button, h } from '../../js/dom.js';
import { count, points, span } from '../../js/format.js';
import { attempt, createNotice, keepTrying } from '../../js/problem.js';
import { calledOffPanel, callOffPanel } from '../dates/call-off.js';
import { mapPanel } from '../dates/map-panel.js';
import { stopPanel } from '../dates/stop.js';
import { timesForm } from '../dates/times.js';
import { saveFile } from '../save-file.js';
import { stateOf } from './concert.js';

/** One date: what is sold of it, its times, its seats, and its end before its time. */
export async function datePage(root, { params: { id }, signal, name }) {
  const path = `/api/admin/schedules/${encodeURIComponent(id)}`;
  const notice = createNotice();
  const head = h('div');
  const steering = h('div', { className: 'columns' });
  const seats = h('section', { className: 'card' });
  root.append(head, notice.element, steering, seats);

  /** What is shown of the date itself, as it is now. */
  async function look() {
    const found = await ask('GET', path, { signal });
    const { concert, schedule } = found;
    name(`${concert.title}, ${span(schedule.startAt, schedule.endAt)}`);
    head.replaceChildren(...heading(found));
    return found;
  }
  const redraw = async () => {
    const found = await look();
    const { schedule } = found;
    const panels =
      schedule.cancelledAt === null
        ? [
            stopPanel(path, schedule, redraw),
            timesForm(path, schedule, look),
            callOffPanel(path, found, { look, onDone: redraw }),
          ]
        : [calledOffPanel(path, { onDone: look }, signal)];
    steering.replaceChildren(
      ...panels.map((panel) => h('section', { className: 'card' }, panel)),
      h('section', { className: 'card' }, files(path, id)),
    );
  };
  await keepTrying(notice, signal, redraw);
  if (signal.aborted || steering.children.length === 0) return;
  mapPanel(seats, path, signal);
}

function heading({ concert, schedule, live }) {
  return [
    h('p', {}, h('a', { href: `#/concerts/${encodeURIComponent(concert.id)}` }, concert.title)),
    h('h1', {}, span(schedule.startAt, schedule.endAt)),
    h(
      'p',
      { className: 'lead' },
      `${stateOf(schedule)}; ${count(schedule.seats)} seats; ${count(live.paid)} ${live.paid === 1 ? 'booking' : 'bookings'} paid for, ${points(live.paidPoints)}; ${count(live.held)} on hold`,
    ),
  ];
}

function files(path, id) {
  const notice = createNotice();
  const saver = (label, file, name) => {
    const made = button(label, () => void attempt(notice, made, () => saveFile(`${path}/${file}`, name)), {
      className: 'quiet',
    });
    return made;
  };
  return h(
    'div',
    {},
    h('h2', {}, 'Files'),
    h('p', {}, 'The plan can be used for another date as it is.'),
    h(
      'div',
      { className: 'row' },
      saver('Save the plan (CSV)', 'plan.csv', `plan-${id}.csv`),
      saver('Save bookings and tickets (CSV)', 'export.csv', `date-${id}.csv`),
    ),
    notice.element,
  );
}

import { h } from '../../js/dom.js';
import { count } from '../../js/format.js';
import { duration, kindOf, outcomeOf, perSecond, timeOf } from './words.js';

const region = (label, ...children) =>
  h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': label }, ...children);
const head = (...texts) =>
  h(
    'thead',
    {},
    h(
      'tr',
      {},
      texts.map((text) => h('th', { scope: 'col' }, text)),
    ),
  );
const row = (first, ...cells) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, first),
    cells.map((cell) => h('td', {}, cell)),
  );

/** A card of which only what differs is drawn anew. @param draw gives its content for a state; `of` what it is about */
function card(title, of, draw) {
  const place = h('div');
  let told = '';
  const update = (state) => {
    const now = JSON.stringify(of(state));
    if (now !== told) place.replaceChildren(...draw(state));
    told = now;
  };
  return { element: h('section', { className: 'card' }, h('h2', {}, title), place), update };
}

export const commandsCard = () =>
  card(
    'Commands',
    ({ commands }) => commands,
    ({ commands: { perSecond: rate, lastMinute } }) => {
      const rows = lastMinute.map(({ decider, kind, outcome, count: times }) => {
        const where = decider === 'door' ? 'at the door' : 'by a worker';
        const code = outcome === outcome.toUpperCase() ? h('small', {}, ` ${outcome}`) : null;
        return row(kindOf(kind), h('span', {}, outcomeOf(outcome), code), where, count(times));
      });
      const table = h(
        'table',
        {},
        h('caption', {}, 'The last minute'),
        head('Asked', 'What became of it', 'Decided', 'Times'),
        h('tbody', {}, rows),
      );
      return [
        h('p', {}, h('strong', {}, perSecond(rate)), ' decided per second.'),
        rows.length === 0
          ? h('p', {}, 'Nobody has asked for anything in the last minute.')
          : region('Commands of the last minute', table),
      ];
    },
  );

const STATES = { BUSY: 'works', OLD: 'old: workers do not keep up', STUCK: 'stuck: nobody takes it' };

export const queuesCard = () =>
  card(
    'Queues',
    ({ queues }) => queues,
    ({ queues }) => {
      if (queues.length === 0) return [h('p', {}, 'No batch is waiting.')];
      const rows = queues.map(({ scheduleId, waiting, oldestSeconds, state, isPaused }) => {
        const words = isPaused ? 'paused at the dashboard: nobody takes it' : STATES[state];
        const name = h('a', { href: `/admin/queues/queue/schedule-${scheduleId}` }, `Date ${scheduleId}`);
        return row(
          name,
          count(waiting),
          `${perSecond(oldestSeconds)} s`,
          h('span', { className: state === 'BUSY' ? '' : 'alarm' }, words),
        );
      });
      return [
        region('Queues', h('table', {}, head('Queue', 'Batches', 'Oldest', 'State'), h('tbody', {}, rows))),
      ];
    },
  );

export const workersCard = () =>
  card(
    'Workers',
    ({ workers, at }) =>
      workers.map(({ seenAt, ...worker }) => (worker.isSilent ? [worker, seenAt, at] : worker)),
    ({ workers, at }) => {
      if (workers.length === 0)
        return [h('p', { className: 'alarm' }, 'No worker has been heard of: nothing is decided.')];
      const rows = workers.map(({ host, pid, startedAt, seenAt, isSilent, served, scheduleIds }) => {
        const silence = duration((Date.parse(at) - Date.parse(seenAt)) / 1000);
        const state = isSilent ? h('span', { className: 'alarm' }, `silent for ${silence}`) : 'works';
        const more = served > scheduleIds.length ? ` and ${count(served - scheduleIds.length)} more` : '';
        const dates = served === 0 ? 'none right now' : `${scheduleIds.join(', ')}${more}`;
        return row(
          `${host || 'unknown'} (${pid})`,
          state,
          timeOf(startedAt),
          h('span', { className: 'dates' }, dates),
        );
      });
      return [
        region(
          'Workers',
          h('table', {}, head('Worker', 'State', 'Since', 'Dates that it serves'), h('tbody', {}, rows)),
        ),
      ];
    },
  );

import { serverNow } from '../../js/api.js';
import { every, h } from '../../js/dom.js';
import { problemBox } from '../../js/problem.js';
import { followDesk } from '../tonight/feed.js';
import { roomCard } from '../tonight/room-card.js';
import { overdueMs } from '../tonight/state.js';
import { commandsCard, queuesCard, workersCard } from '../tonight/tables.js';
import { duration, timeOf } from '../tonight/words.js';

/** So many rooms are drawn without being asked for. */
const MOST_DRAWN = 3;

const LACKING = {
  stream: 'The connection to the service is broken',
  redis: 'The service cannot reach Redis',
  samples: 'No worker has counted anything of late',
};

/** How the sale stands, live, and what steers it. */
export async function tonightPage(root, { signal, staff }) {
  const notice = h('div', { role: 'status' });
  const moment = h('p', { className: 'muted' }, 'Waiting for the first numbers.');
  const rooms = h('div', { className: 'rooms' });
  const nobody = h('p', { hidden: true }, 'No room is open or about to open, and no date is on sale.');
  const cards = new Map();
  const sides = [commandsCard(), queuesCard(), workersCard()];
  root.append(
    h('h1', {}, 'Tonight'),
    notice,
    moment,
    nobody,
    rooms,
    h(
      'div',
      { className: 'columns' },
      sides.map(({ element }) => element),
    ),
  );
  let state = null;
  let trouble = null;
  let told = '';

  /** Old numbers stay, and are marked as old. */
  function tellAge() {
    const words = ageWords(state, trouble);
    root.classList.toggle('old', words !== '');
    if (words === told) return;
    told = words;
    notice.replaceChildren(...(words === '' ? [] : [h('p', { className: 'notice bad' }, words)]));
  }

  function onState(next) {
    state = next;
    moment.textContent = `As of ${timeOf(state.at)}, counted every ${state.everySeconds} s.`;
    nobody.hidden = state.rooms.length > 0;
    drawRooms();
    for (const side of sides) side.update(state);
    tellAge();
  }

  function drawRooms() {
    const ids = new Set(state.rooms.map(({ concertId }) => concertId));
    for (const [id, { card, end }] of cards) {
      if (ids.has(id)) continue;
      end.abort();
      card.element.remove();
      cards.delete(id);
    }
    for (const [index, room] of state.rooms.entries()) {
      const { card } = cards.get(room.concertId) ?? added(room, index);
      card.update(room, state.at);
      // Moved only where it stands elsewhere: moving takes the focus away.
      if (rooms.children[index] !== card.element)
        rooms.insertBefore(card.element, rooms.children[index] ?? null);
    }
  }

  function added(room, index) {
    const end = new AbortController();
    signal.addEventListener('abort', () => end.abort());
    const options = { mayChange: staff.role === 'operator', drawn: index < MOST_DRAWN, signal: end.signal };
    const made = { card: roomCard(room, options), end };
    cards.set(room.concertId, made);
    return made;
  }

  function onTrouble(found) {
    trouble = found;
    tellAge();
  }

  every(1000, tellAge, signal);
  try {
    await followDesk(signal, { onState, onTrouble });
  } catch (error) {
    if (!signal.aborted) notice.replaceChildren(problemBox(error));
  } finally {
    root.classList.remove('old');
  }
}

/** Why the numbers are old, and since when; empty: they are not. */
function ageWords(state, trouble) {
  const since = state === null ? '' : ` The numbers below are of ${timeOf(state.at)}.`;
  if (trouble !== null)
    return `${LACKING[trouble.lacking]}, since ${timeOf(trouble.since)}.${since} This page goes on by itself.`;
  if (state === null) return '';
  const { database } = state.lacking;
  if (database !== undefined)
    return `Postgres does not answer, since ${timeOf(database)}: seats, revenue and what is listed are of then.`;
  const overdue = overdueMs(state, serverNow());
  if (overdue === 0) return '';
  // In steps: a screen reader would read out every second.
  const steps = Math.floor(overdue / 10_000) * 10;
  return `Nobody has counted for ${duration(Math.max(steps, 10))}.${since} Does a worker run?`;
}

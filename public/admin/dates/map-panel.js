import { read, send } from '../../js/api.js';
import { button, every, h } from '../../js/dom.js';
import { count } from '../../js/format.js';
import { attempt, createNotice, isAway, keepTrying } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';
import { createDeskMap } from './desk-map.js';
import { changeBlocks } from './seat-blocks.js';

const LOOK_MS = 2000;

/** The house of a date as it is now, and seats taken out of its sale or put back. */
export function mapPanel(root, path, signal) {
  const notice = createNotice();
  const acts = createNotice();
  const figures = h('p', { role: 'status' });
  const place = h('div');
  const block = button('Take out of sale', () => void attempt(acts, [block, unblock], () => change('POST')), {
    className: 'primary',
  });
  const unblock = button(
    'Put back on sale',
    () => void attempt(acts, [block, unblock], () => change('DELETE')),
  );
  const none = button('Choose none', () => map?.clear(), { className: 'quiet' });
  const said = h('span', { role: 'status' }, 'No seat chosen.');
  let map = null;
  let version = null;
  let chosen = [];

  const numbersOf = (status) =>
    chosen.filter((cell) => cell.status === status).map(({ seat }) => seat.number);
  function onChoice(cells) {
    chosen = cells;
    const [free, blocked] = [numbersOf('AVAILABLE').length, numbersOf('BLOCKED').length];
    said.textContent =
      cells.length === 0 ? 'No seat chosen.' : `Chosen: ${count(free)} free, ${count(blocked)} out of sale.`;
  }
  function show() {
    const { AVAILABLE, HELD, SOLD, BLOCKED } = map.counts();
    figures.textContent = `${count(AVAILABLE)} free, ${count(HELD)} on hold, ${count(SOLD)} sold, ${count(BLOCKED)} out of sale`;
  }

  async function change(method) {
    const blocking = method === 'POST';
    const numbers = numbersOf(blocking ? 'AVAILABLE' : 'BLOCKED');
    if (numbers.length === 0) {
      acts.say(blocking ? 'No free seat is chosen.' : 'No seat that is out of sale is chosen.');
      return;
    }
    const seats = numbers.length === 1 ? 'a seat' : `${count(numbers.length)} seats`;
    const asked = blocking
      ? {
          title: `Take ${seats} out of sale?`,
          text: 'Nobody can book them until they are put back. If one of them is taken meanwhile, none is changed.',
          act: 'Take out of sale',
        }
      : {
          title: `Put ${seats} back on sale?`,
          text: 'Whoever is on the waiting list is asked first; then anybody can book them.',
          act: 'Put back on sale',
        };
    if (!(await confirmAct(asked))) return;
    const blocked = await changeBlocks(path, method, numbers);
    tellEffect(
      blocking ? 'Out of sale.' : 'Back on sale.',
      `${count(blocked)} seats of this date are out of sale now.`,
    );
    map.clear();
    await look();
  }

  /** What has changed since the last look; the whole map when that is not known. */
  async function look() {
    const since = version === null ? '' : `?since=${version}`;
    const response = await send('GET', `${path}/seats${since}`, { signal });
    if (response.status === 304) return;
    const answer = await read(response);
    version = answer.version;
    if (map === null) {
      map = createDeskMap(answer.seats, onChoice);
      place.replaceChildren(map.element);
    } else map.update(answer.changed ?? answer.seats);
    show();
  }

  root.append(
    h('h2', {}, 'Seats'),
    figures,
    h(
      'p',
      { className: 'muted' },
      'Click or drag over seats, or choose whole rows. Keys: arrows move, Shift and arrows choose on the way, Space chooses.',
    ),
    h('div', { className: 'row sticky' }, block, unblock, none, said),
    acts.element,
    notice.element,
    place,
  );
  void keepTrying(notice, signal, look).then(() => {
    // The line over the page says when the service is away: this goes on by itself.
    every(
      LOOK_MS,
      () => void look().catch((error) => isAway(error) || error.name === 'AbortError' || notice.show(error)),
      signal,
    );
  });
}

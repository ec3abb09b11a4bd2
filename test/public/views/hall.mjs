// The drawn hall: where seats lie, what part of it is looked at, and how it is used without seeing it.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { atConcert, completed, control, document, fan, HELD, INSIDE, json, mapOf, pass, press, room, SEATS, sees, seesNot, sent, service, session } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
import { createCamera } from '../../../public/js/hall/camera.js';
import { createFinder, planHall } from '../../../public/js/hall/plan.js';
import { createPriceFilter } from '../../../public/js/hall/price-filter.js';
import { createSeatButtons } from '../../../public/js/hall/seat-buttons.js';
import { sectionsOf } from '../../../public/js/hall/sections.js';
import { seatsOf } from '../../../public/js/seat-feed.js';

const MAP = 'GET /api/concerts/schedules/1/seats';
let number = 0;
/** @param {string} section @param {number} rows @param {number} perRow */
const seatsIn = (section, rows, perRow, price = 500) =>
  Array.from({ length: rows * perRow }, (_, place) => {
    number += 1;
    const row = String(1 + Math.floor(place / perRow));
    return { id: `1-${number}`, section, row, number, price, attributes: {}, status: 'AVAILABLE' };
  });
/** @param {any[]} seats @param {object} [layout] */
const planOf = (seats, layout) => planHall(sectionsOf(seats), layout);
/** @param {number} value */
const rounded = (value) => Math.round(value * 1000) / 1000 + 0;

let leave = () => undefined;
beforeEach(() => {
  number = 0;
  fan();
});
afterEach(async () => {
  leave();
  await pass(100);
});

test('sections that nothing is said of stand one below the other, in the middle', () => {
  const { places, rows } = planOf([...seatsIn('A', 2, 3), ...seatsIn('B', 1, 5)]);
  assert.deepEqual(
    places.slice(0, 3).map(({ x }) => x),
    [-1, 0, 1],
  );
  assert.deepEqual(
    places.slice(6).map(({ x }) => x),
    [-2, -1, 0, 1, 2],
  );
  const [first, second, third] = rows.map((row) => row.places[0]?.y ?? 0);
  assert.equal(second - first, 1);
  assert.ok(third - second > 1.5, 'no room for the name of the second section');
});

test('an arc keeps its distance from the stage and the width of its seats, a block is turned about its first row', () => {
  const layout = {
    Arc: { shape: 'arc', distance: 10, angleDegrees: 30 },
    Side: { shape: 'block', x: 20, y: 5, turnDegrees: 90 },
  };
  const { places } = planOf([...seatsIn('Arc', 2, 5), ...seatsIn('Side', 2, 3)], layout);
  const arc = places.slice(0, 10);
  for (const [place, { x, y }] of arc.entries())
    assert.equal(rounded(Math.hypot(x, y)), place < 5 ? 10 : 11, `seat ${place}`);
  for (const [a, b] of [
    [0, 1],
    [8, 9],
  ].map((pair) => pair.map((each) => arc[each])))
    // prettier-ignore
    assert.ok(Math.abs(Math.hypot(a.x - b.x, a.y - b.y) - 1) < 0.01);
  assert.deepEqual([rounded(arc[2]?.x), rounded(arc[2]?.y)], [rounded(10 * Math.sin(Math.PI / 6)), rounded(10 * Math.cos(Math.PI / 6))]); // prettier-ignore
  const side = places.slice(10).map(({ x, y }) => [rounded(x), rounded(y)]);
  assert.deepEqual(side.slice(0, 3), [[20, 4], [20, 5], [20, 6]]); // prettier-ignore
  assert.deepEqual(side[4], [19, 5]);
});

test('sections without a plan stand below those that have one', () => {
  const layout = { A: { shape: 'block', x: 0, y: 4, turnDegrees: 0 } };
  const { rows } = planOf([...seatsIn('B', 1, 2), ...seatsIn('A', 3, 2)], layout);
  const byName = Object.fromEntries(rows.map(({ section, places }) => [section, places[0]?.y ?? 0]));
  assert.ok(byName['B'] > byName['A'], 'B covers A');
});

test('an aisle is drawn where the map has one, in a block and in an arc', () => {
  const aisle = () => seatsIn('A', 1, 4).map((seat, place) => ({ ...seat, afterGap: place === 2 }));
  const { places, titles } = planOf(aisle());
  const steps = places.slice(1).map(({ x }, place) => rounded(x - (places[place]?.x ?? 0)));
  assert.deepEqual(steps, [1, 1.8, 1]);
  assert.equal(rounded((places[0]?.x ?? 0) + (places[3]?.x ?? 0)), 0, 'the row is not in the middle');
  assert.equal(rounded(titles[0]?.width), 4.8);
  const arc = planOf(aisle(), { A: { shape: 'arc', distance: 50, angleDegrees: 0 } }).places;
  assert.ok(Math.abs((arc[2]?.x ?? 0) - (arc[1]?.x ?? 0) - 1.8) < 0.01);
});

test('a seat is named by what is printed on it', () => {
  const { rows } = planOf(seatsIn('A', 1, 2).map((seat) => ({ ...seat, label: seat.number === 2 ? '12A' : undefined }))); // prettier-ignore
  const { element } = createSeatButtons(rows, { stateOf: () => 'available', onFocus: () => undefined });
  assert.match([...element.querySelectorAll('button')].map((node) => node.getAttribute('aria-label')).join('|'), /seat 1:.*\|.*seat 12A:/); // prettier-ignore
});

test('the seat under a point is found, and none between rows far apart', () => {
  const { places } = planOf(seatsIn('A', 40, 50));
  const find = createFinder(places);
  for (const place of places) assert.equal(find(place.x + 0.3, place.y - 0.3), place);
  assert.equal(find(200, 3), null);
  assert.equal(find(0, -50), null);
});

test('the hall fits its box, never leaves it, and what is under the pointer stays there', () => {
  const bounds = { left: -50, right: 50, top: 0, bottom: 100 };
  const camera = createCamera(bounds, () => undefined);
  camera.resize(400, 200);
  assert.equal(camera.isFit, true);
  assert.deepEqual([camera.scale, camera.y], [2, 0]);
  const before = camera.at(150, 60);
  camera.zoomAt(150, 60, 3);
  const after = camera.at(150, 60);
  assert.deepEqual([rounded(after.x), rounded(after.y)], [rounded(before.x), rounded(before.y)]);
  assert.equal(camera.isFit, false);
  camera.panBy(10_000, 10_000);
  assert.deepEqual([rounded(camera.at(0, 0).x), rounded(camera.at(0, 0).y)], [-50, 0]);
  camera.panBy(-20_000, -20_000);
  assert.deepEqual([rounded(camera.at(400, 200).x), rounded(camera.at(400, 200).y)], [50, 100]);
  camera.zoomAt(0, 0, 1e9);
  assert.ok(camera.scale < 100, 'a single seat fills the box');
  camera.zoom(1e-9);
  assert.deepEqual([camera.scale, camera.isFit], [2, true]);
  camera.reveal({ x: 49, y: 99 }, 28);
  const at = { x: 49 * camera.scale + camera.x, y: 99 * camera.scale + camera.y };
  assert.ok(at.x > 0 && at.x < 400 && at.y > 0 && at.y < 200, JSON.stringify(at));
});

test('a large hall has few buttons, and the arrows reach every seat of it', () => {
  const { rows } = planOf(seatsIn('A', 100, 40));
  const buttons = createSeatButtons(rows, { stateOf: () => 'available', onFocus: () => undefined });
  document.body.append(buttons.element);
  buttons.focus();
  const label = () => document.activeElement?.getAttribute('aria-label') ?? '';
  const key = (/** @type {string} */ name, ctrlKey = false) =>
    document.activeElement?.dispatchEvent(new window.KeyboardEvent('keydown', { key: name, ctrlKey, bubbles: true, cancelable: true })); // prettier-ignore
  assert.match(label(), /row 1, seat 1:/);
  key('ArrowLeft');
  key('ArrowUp');
  assert.match(label(), /row 1, seat 1:/);
  key('ArrowRight');
  for (let row = 1; row < 100; row += 1) {
    key('ArrowDown');
    assert.match(label(), new RegExp(`row ${row + 1}, seat ${row * 40 + 2}:`));
    assert.ok(buttons.element.querySelectorAll('button').length <= 200);
    assert.equal(buttons.element.querySelectorAll('[tabindex="0"]').length, 1);
  }
  key('End', true);
  assert.match(label(), /row 100, seat 4000:/);
  key('Home', true);
  assert.match(label(), /row 1, seat 1:/);
  const order = [...buttons.element.children].map((row) => row.getAttribute('aria-label'));
  assert.deepEqual(order, ['A, row 1', 'A, row 2', 'A, row 3']);
  buttons.element.remove();
});

test('seats travel by runs; a state that this page does not know is not free', () => {
  const runs = [
    { first: 1, last: 2, section: 'A', row: '1', price: 5, attributes: {} },
    {
      first: 3,
      last: 5,
      section: 'B',
      row: '1',
      price: 7,
      attributes: { accessible: 'true' },
      labels: ['', '12A', ''],
      afterGap: true,
    },
  ];
  const seats = seatsOf({ scheduleId: '9', runs, states: 'AHSB?' });
  assert.deepEqual(seats.map(({ id, status }) => `${id} ${status}`), ['9-1 AVAILABLE', '9-2 HELD', '9-3 SOLD', '9-4 BLOCKED', '9-5 BLOCKED']); // prettier-ignore
  assert.deepEqual(seats[4], { id: '9-5', number: 5, section: 'B', row: '1', price: 7, attributes: { accessible: 'true' }, label: undefined, afterGap: false, status: 'BLOCKED' }); // prettier-ignore
  assert.deepEqual(seats.map(({ label, afterGap }) => [label, afterGap]), [[undefined, false], [undefined, false], [undefined, true], ['12A', false], [undefined, false]]); // prettier-ignore
});

test('prices are chosen from when there are several', () => {
  /** @type {(Set<number> | null)[]} */
  const told = [];
  const filter = createPriceFilter([...seatsIn('A', 1, 2, 900), ...seatsIn('B', 1, 2, 300)], (/** @type {any} */ wanted) => told.push(wanted)); // prettier-ignore
  document.body.append(filter);
  const [low, high] = filter.querySelectorAll('input');
  assert.ok(low && high && !filter.hidden);
  assert.match(filter.textContent ?? '', /300 points.*900 points/);
  low.click();
  high.click();
  low.click();
  high.click();
  assert.deepEqual(told, [new Set([300]), new Set([300, 900]), new Set([900]), null]);
  filter.remove();
  assert.equal(createPriceFilter(seatsIn('A', 1, 2), () => undefined).hidden, true);
});

async function enter() {
  room(INSIDE);
  leave = atConcert();
  await pass(100);
}

test('seats that are not for sale cannot be chosen', async () => {
  service.set(MAP, json(200, mapOf(1, [{ ...SEATS[0], status: 'BLOCKED' }, SEATS[1]])));
  await enter();
  await press(/Choose seats/);
  await press(/seat 1: .*not for sale/);
  sees(/This seat is not free/, /No seats chosen/);
});

test('what was chosen is there after a reload, in the same date; what was taken meanwhile is told', async () => {
  await enter();
  await press(/Choose seats/);
  await press(/seat 1: .*free/);
  await press(/seat 2: .*free/);
  leave();
  await enter();
  sees(/A, row 1, seat 1; A, row 1, seat 2\. Together 1,000 points/);
  leave();
  service.set(MAP, json(200, mapOf(2, [{ ...SEATS[0], status: 'HELD' }, SEATS[1]])));
  await enter();
  sees(
    /Somebody else was faster/,
    /No longer free: A, row 1, seat 1\./,
    /A, row 1, seat 2\. Together 500 points/,
  );
  control(/seat 2: .*chosen/);
  await press(/Other dates/);
  leave();
  await enter();
  seesNot(/Together/);
});

test('what was chosen is nobody else’s, and goes with the hold', async () => {
  await enter();
  await press(/Choose seats/);
  await press(/seat 1: .*free/);
  leave();
  session.signIn({ user: { id: 'u2', name: 'Other', role: 'user' }, accessToken: 'b' });
  await enter();
  seesNot(/Together/);
  leave();
  session.signIn({ user: { id: 'u1', name: 'Fan', role: 'user' }, accessToken: 'a' });
  await enter();
  sees(/Together 500 points/);
  service.set('POST /api/concerts/schedules/1/bookings', completed({ booking: HELD }));
  await press(/Hold these seats/);
  leave();
  await enter();
  seesNot(/Together/);
  assert.equal(sent.filter(({ method, path }) => method === 'POST' && path.endsWith('/bookings')).length, 1);
});

test('a row is gone to by its name, and says what is free in it', async () => {
  const seats = [...seatsIn('Stalls', 3, 4), ...seatsIn('Balcony', 2, 2)];
  service.set(MAP, json(200, mapOf(1, seats.map((seat) => (seat.number === 13 ? { ...seat, status: 'SOLD' } : seat))))); // prettier-ignore
  await enter();
  await press(/Choose seats/);
  const details = /** @type {HTMLDetailsElement} */ (document.querySelector('.row-choice'));
  const [sections] = /** @type {HTMLSelectElement[]} */ ([...details.querySelectorAll('select')]);
  assert.ok(sections);
  details.open = true;
  sections.value = 'Balcony';
  sections.dispatchEvent(new window.Event('change'));
  sees(/1 of 2 seats free in this row/);
  await press(/To its seats/);
  assert.match(document.activeElement?.getAttribute('aria-label') ?? '', /Balcony, row 1, seat 14: .*free/);
});

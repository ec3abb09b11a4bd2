// Seats without choosing them one by one: three presses, and what is said when they cannot be had.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { atConcert, broken, completed, control, document, fan, HELD, INSIDE, json, main, mapOf, PAID, pass, press, pressAndConfirm, problem, room, SEATS, sees, seesNot, sent, service } from './page.mjs'; // prettier-ignore

const HOLD = 'POST /api/concerts/schedules/1/bookings';
const asked = () => sent.filter(({ path, method }) => method === 'POST' && path.endsWith('/bookings'));
/** @param {RegExp} label */
const labelled = (label) => {
  const found = [...document.querySelectorAll('label')].find((node) => label.test(node.textContent ?? ''));
  const input = found?.querySelector('input') ?? document.getElementById(found?.htmlFor ?? '');
  assert.ok(input, `nothing is labelled ${label}`);
  return /** @type {HTMLInputElement} */ (input);
};

let leave = () => undefined;

beforeEach(async () => {
  fan();
  room(INSIDE);
  leave = atConcert();
  await pass(100);
});
afterEach(async () => {
  leave();
  await pass(100);
});

test('how many, best seats, pay: three presses', async () => {
  service.set(HOLD, completed({ booking: HELD }));
  service.set('POST /api/concerts/bookings/b/pay', completed(PAID));
  labelled(/^3$/).click();
  await press(/Hold the best seats/);
  sees(/On hold for you/);
  await pressAndConfirm(/^Pay /);
  sees(/Your ticket/);
  assert.deepEqual(asked()[0]?.body, { bestAvailable: { count: 3 } });
  assert.equal(sent.filter(({ path }) => path.endsWith('/seats')).length, 0);
});

test('sections, price and accessible seats are asked for when they are wished for', async () => {
  service.set(HOLD, problem(409, 'SOLD_OUT'));
  const details = main.querySelector('.best details');
  assert.ok(details);
  details.open = true;
  details.dispatchEvent(new (document.defaultView?.Event ?? Event)('toggle'));
  await pass(100);
  labelled(/^ A, /).click();
  labelled(/At most/).value = '150';
  labelled(/Accessible/).click();
  await press(/Hold the best seats/);
  const wish = { count: 2, sections: ['A'], maxPrice: 150, accessible: true };
  assert.deepEqual(asked()[0]?.body, { bestAvailable: wish });
  sees(/SOLD_OUT/);
  seesNot(/Apart is fine/);
});

test('seats that cannot be had side by side can be had apart, for one press', async () => {
  service.set(HOLD, problem(409, 'NOT_TOGETHER'));
  await press(/Hold the best seats/);
  sees(/NOT_TOGETHER/);
  service.set(HOLD, completed({ booking: HELD }));
  await press(/Apart is fine/);
  sees(/On hold for you/);
  assert.deepEqual(asked()[1]?.body, { bestAvailable: { count: 2, together: false } });
});

test('a hold whose answer was lost is found', async () => {
  service.set(HOLD, broken);
  service.set('GET /api/bookings', json(200, { bookings: [HELD], nextCursor: null }));
  labelled(new RegExp(`^${HELD.seats.length}$`)).click();
  await press(/Hold the best seats/);
  await pass(30_000);
  sees(/On hold for you/);
});

test('a section without seats says how many places are free, and gives some', async () => {
  const floor = [7, 8, 9].map((number) => ({ ...SEATS[0], id: `1-${number}`, number, section: 'Floor', standing: true })); // prettier-ignore
  service.set('GET /api/concerts/schedules/1/seats', json(200, mapOf(1, [...SEATS, ...floor])));
  await press(/Choose seats/);
  sees(/3 of 3 places free/);
  assert.equal(document.querySelectorAll('.grid .seat').length, SEATS.length);
  const changed = [{ id: '1-7', status: 'HELD' }];
  service.set('GET /api/concerts/schedules/1/seats', json(200, { version: 2, changed }));
  await pass(2500);
  sees(/2 of 3 places free/);
  service.set(HOLD, completed({ booking: HELD }));
  await press(/Take places in Floor/);
  sees(/On hold for you/);
  assert.deepEqual(asked()[0]?.body, { bestAvailable: { count: 2, sections: ['Floor'] } });
  assert.ok(control(/^Pay /));
});

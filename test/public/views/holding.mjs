// A hold whose answer comes late or not at all, and where the focus goes.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { atConcert, completed, control, document, fan, HELD, INSIDE, json, later, PAID, pass, press, pressAndConfirm, problem, room, SEATS, sees, seesNot, service } from './page.mjs'; // prettier-ignore

const HOLD = 'POST /api/concerts/schedules/1/bookings';
const PAY = 'POST /api/concerts/bookings/b/pay';

/** @type {ReturnType<typeof room>} */
let place;
let leave = () => undefined;

beforeEach(async () => {
  fan();
  place = room(INSIDE);
  leave = atConcert();
  await pass(100);
  await press(/Choose seats/);
  await press(/seat 1: .*free/);
  await press(/seat 2: .*free/);
});
afterEach(async () => {
  leave();
  await pass(100);
});

test('a hold that is answered after the news of an end goes on to paying when it has kept the place', async () => {
  const answer = later();
  service.set(HOLD, answer.answer);
  await press(/Hold these seats/);
  place.end();
  await pass(3000);
  sees(/Hold these seats/);
  room(INSIDE);
  answer.give(completed({ booking: HELD }));
  await pass(3000);
  sees(/On hold for you/, /left to pay/);
});

test("seats that go while they are being held are not somebody else's before the answer says so", async () => {
  const answer = later();
  service.set(HOLD, answer.answer);
  await press(/Hold these seats/);
  service.set(
    'GET /api/concerts/schedules/1/seats',
    json(200, { version: 2, changed: [{ id: '1-1', status: 'HELD' }] }),
  );
  await pass(3000);
  seesNot(/Somebody else was faster/);
  answer.give(problem(409, 'SEAT_TAKEN'));
  await pass(1000);
  seesNot(/row 1, seat 1; /);
  sees(/No longer free: A, row 1, seat 1/);
});

test('seats that are refused because they are held by oneself, the answer lost, lead to paying', async () => {
  service.set('GET /api/bookings', json(200, { bookings: [HELD], nextCursor: null }));
  service.set(HOLD, problem(409, 'SEAT_TAKEN', { seatIds: SEATS.map(({ id }) => id) }));
  await press(/Hold these seats/);
  await pass(1000);
  sees(/left to pay/);
});

test('the focus stays with a refused button and goes to the heading of what comes next', async () => {
  service.set(HOLD, problem(409, 'SEAT_LIMIT'));
  await press(/Hold these seats/);
  assert.equal(document.activeElement, control(/Hold these seats/));
  service.set(HOLD, completed({ booking: HELD }));
  await press(/Hold these seats/);
  assert.equal(document.activeElement?.textContent, 'On hold for you');
  service.set(PAY, completed(PAID));
  await pressAndConfirm(/^Pay /);
  assert.equal(document.activeElement?.textContent, 'Your ticket');
});

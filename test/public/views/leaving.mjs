// Going with seats on hold, and coming back to them.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { asked, atConcert, completed, control, document, fan, HELD, INSIDE, json, later, PAID, pass, press, pressAndConfirm, problem, room, sees, seesNot, sent, service, session, show } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
import { mineView } from '../../../public/js/mine.js';

const LEAVE = 'DELETE /api/users/queue';
const CANCEL = 'POST /api/concerts/bookings/b/cancel';

/** @type {ReturnType<typeof room>} */
let place;
let leave = () => undefined;

beforeEach(() => {
  fan({ held: [HELD] });
  place = room(INSIDE);
  session.keepQueueToken('1', 'place');
});
afterEach(async () => {
  leave();
  await pass(100);
});

async function pressLeave() {
  leave = atConcert();
  await pass(100);
  await press(/^Leave$/);
}

test('leaving with seats on hold says what becomes of them, and one may stay', async () => {
  await pressLeave();
  assert.equal(asked(LEAVE), 0);
  sees(/You have seats on hold/, /kept until .*12:05/, /go back on sale/, /joining the waiting room again/);
  assert.equal(document.activeElement?.textContent, 'You have seats on hold');
  await press(/Stay and pay/);
  seesNot(/You have seats on hold/);
  sees(/left to pay/);
  assert.equal(document.activeElement, control(/^Leave$/));
});

test('leaving may give the seats back', async () => {
  await pressLeave();
  service.set(CANCEL, completed({ booking: { ...HELD, status: 'CANCELLED' } }));
  await press(/Give the seats back and leave/);
  await pass(100);
  const order = sent
    .map(({ method, path }) => `${method} ${path}`)
    .filter((what) => [LEAVE, CANCEL].includes(what));
  assert.deepEqual(order, [CANCEL, LEAVE]);
  sees(/Join the waiting room/);
});

test('seats that cannot be given back keep nobody when they have ended, and everybody when it did not work', async () => {
  await pressLeave();
  service.set(CANCEL, problem(500, 'INTERNAL'));
  await press(/Give the seats back and leave/);
  await pass(100);
  assert.equal(asked(LEAVE), 0);
  sees(/INTERNAL/);
  service.set(CANCEL, problem(409, 'NOT_CANCELLABLE'));
  await press(/Give the seats back and leave/);
  await pass(100);
  assert.equal(asked(LEAVE), 1);
});

test('leaving anyway leads to a page that shows the hold and what paying would take', async () => {
  await pressLeave();
  await press(/the seats stay on hold/);
  await pass(100);
  assert.equal(asked(LEAVE), 1);
  assert.equal(asked(CANCEL), 0);
  sees(/On hold for you/, /Kept until .*12:05/, /To pay for them you have to be inside/);
});

test('leaving with nothing on hold asks once, and waits for a payment that is under way', async () => {
  leave = atConcert();
  await pass(100);
  const answer = later();
  service.set('POST /api/concerts/bookings/b/pay', answer.answer);
  await pressAndConfirm(/^Pay /);
  await press(/^Leave$/);
  await pass(1000);
  seesNot(/You have seats on hold/);
  answer.give(completed(PAID));
  await pass(100);
  sees(/CODE-1/);
  assert.equal(asked(LEAVE), 0);
  leave();

  fan();
  room(INSIDE);
  await pressLeave();
  assert.equal(asked(LEAVE), 0);
  await press(/^Yes, leave/);
  assert.equal(asked(LEAVE), 1);
});

test('paying from my things is explained, and does not lead into a queue by itself', async () => {
  place.end();
  session.forgetQueueToken('1');
  for (const name of ['tickets', 'payments'])
    service.set(`GET /api/${name}`, json(200, { [name]: [], nextCursor: null }));
  service.set('GET /api/points/history', json(200, { entries: [], nextCursor: null }));
  leave = show(mineView, {});
  await pass(100);
  sees(/Only who is inside can pay/);
  leave();
  leave = atConcert();
  await pass(1000);
  sees(/On hold for you/, /To pay for them you have to be inside, so join first/);
  assert.equal(asked('POST /api/users/queue'), 0);
  service.set(CANCEL, completed({ booking: HELD }));
  await pressAndConfirm(/Give the seats back/);
  await pass(100);
  sees(/The seats are given back/);
});

test('what was paid for meanwhile is not cancelled by giving "held" seats back in my things', async () => {
  for (const name of ['tickets', 'payments'])
    service.set(`GET /api/${name}`, json(200, { [name]: [], nextCursor: null }));
  service.set('GET /api/points/history', json(200, { entries: [], nextCursor: null }));
  service.set(CANCEL, completed({ booking: HELD }));
  leave = show(mineView, {});
  await pass(100);
  service.set('GET /api/bookings/b', json(200, { booking: PAID.booking }));
  await pressAndConfirm(/booking b$/);
  await pass(100);
  assert.equal(asked(CANCEL), 0);
  sees(/paid meanwhile/);
});

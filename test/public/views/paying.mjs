// A payment whose answer comes later than the news of the place's end, or not at all.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { asked, atConcert, balance, broken, completed, control, document, fan, HELD, INSIDE, json, later, pass, PAID, press, pressAndConfirm, problem, room, sees, seesNot, service, session, show } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
import { mineView } from '../../../public/js/mine.js';

const PAY = 'POST /api/concerts/bookings/b/pay';
const CANCEL = 'POST /api/concerts/bookings/b/cancel';

/** @type {ReturnType<typeof room>} */
let place;
let leave = () => undefined;

beforeEach(async () => {
  fan({ held: [HELD] });
  place = room(INSIDE);
  session.keepQueueToken('1', 'place');
});
afterEach(async () => {
  leave();
  await pass(100);
});

async function atCheckout() {
  leave = atConcert();
  await pass(100);
  sees(/On hold for you/);
}

test('a payment that is answered after the news of the end leads to the tickets and the new balance', async () => {
  await atCheckout();
  const answer = later();
  service.set(PAY, answer.answer);
  await pressAndConfirm(/^Pay /);
  place.end();
  await pass(2000);
  seesNot(/Your time inside is over/, /Join/);
  answer.give(completed(PAID));
  await pass(100);
  sees(/CODE-1/);
  assert.equal(balance.value, 4000);
  assert.equal(session.queueToken('1'), null);
});

test('a refused payment after the news of the end leads outside, and says both', async () => {
  await atCheckout();
  const answer = later();
  service.set(PAY, answer.answer);
  await pressAndConfirm(/^Pay /);
  place.end();
  await pass(2000);
  answer.give(problem(402, 'INSUFFICIENT_POINTS', { balance: 7, required: 1000 }));
  await pass(1000);
  sees(/INSUFFICIENT_POINTS/, /Your time inside is over/, /On hold for you/, /Join the waiting room/);
  assert.equal(balance.value, 7);
});

test('a payment whose answer is lost is repeated, and its answer counts though the place has ended', async () => {
  await atCheckout();
  const answers = [broken, completed(PAID)];
  service.set(PAY, () => {
    place.end();
    const next = answers.shift();
    assert.ok(next);
    return next();
  });
  await pressAndConfirm(/^Pay /);
  await pass(3000);
  sees(/CODE-1/);
  assert.equal(asked(PAY), 2);
});

test('an answer that breaks off in its middle is a lost one, not a fault of the page', async () => {
  await atCheckout();
  const answers = [() => new Response('{"job":{"id'), completed(PAID)];
  service.set(PAY, () => (answers.shift() ?? broken)());
  await pressAndConfirm(/^Pay /);
  await pass(3000);
  sees(/CODE-1/);
});

for (const [why, refusal] of /** @type {const} */ ([
  ['it was paid already', problem(409, 'ALREADY_PAID')],
  ['the waiting room refuses', problem(403, 'QUEUE_EXPIRED')],
  ['no answer came', broken],
])) {
  test(`a booking that is paid shows its tickets though ${why}`, async () => {
    await atCheckout();
    service.set(PAY, refusal);
    service.set('GET /api/bookings/b', json(200, { booking: PAID.booking }));
    service.set('GET /api/tickets', json(200, { tickets: PAID.tickets, nextCursor: null }));
    service.set('GET /api/points', json(200, { balance: 4000 }));
    await pressAndConfirm(/^Pay /);
    await pass(10_000);
    sees(/CODE-1/);
    assert.equal(balance.value, 4000);
  });
}

test('a hold that ends while it is being paid for has not ended for whoever paid', async () => {
  await atCheckout();
  const answer = later();
  service.set(PAY, answer.answer);
  await pressAndConfirm(/^Pay /);
  await pass(6 * 60_000);
  seesNot(/The hold has ended/);
  answer.give(problem(409, 'HOLD_EXPIRED'));
  await pass(100);
  sees(/The hold has ended/, /HOLD_EXPIRED/);
  assert.equal(document.activeElement, control(/Choose seats again/));
});

test('a payment made in another tab, or before a reload, shows its tickets when the place ends', async () => {
  await atCheckout();
  service.set('GET /api/bookings/b', json(200, { booking: PAID.booking }));
  service.set('GET /api/tickets', json(200, { tickets: PAID.tickets, nextCursor: null }));
  service.set('GET /api/points', json(200, { balance: 4000 }));
  place.end();
  await pass(1000);
  sees(/CODE-1/);
  assert.equal(balance.value, 4000);
});

test('whoever has left the page while paying sees the right balance, and no place that is used up', async () => {
  await atCheckout();
  const answer = later();
  const stale = later();
  service.set(PAY, answer.answer);
  await pressAndConfirm(/^Pay /);
  leave();
  for (const name of ['tickets', 'payments'])
    service.set(`GET /api/${name}`, json(200, { [name]: [], nextCursor: null }));
  service.set('GET /api/points/history', json(200, { entries: [], nextCursor: null }));
  leave = show(mineView, {});
  service.set('GET /api/points', stale.answer);
  const refreshed = balance.refresh();
  await pass();
  service.set('GET /api/tickets', json(200, { tickets: PAID.tickets, nextCursor: null }));
  answer.give(completed(PAID));
  await pass(100);
  stale.give(json(200, { balance: 5000 })); // Read before the payment, answered after it.
  await refreshed;
  assert.equal(balance.value, 4000);
  assert.equal(session.queueToken('1'), null);
  sees(/CODE-1/);
});

test('the answer of one user does not become the balance of the next', async () => {
  await atCheckout();
  const answer = later();
  service.set(PAY, answer.answer);
  await pressAndConfirm(/^Pay /);
  leave();
  session.signOut();
  session.signIn({ user: { id: 'u2', name: 'Other', role: 'user' }, accessToken: 'b' });
  balance.set(1);
  answer.give(completed(PAID));
  await pass(100);
  assert.equal(balance.value, 1);
});

test('seats cannot be given back while they are being paid for, nor once they are paid for elsewhere', async () => {
  await atCheckout();
  const answer = later();
  service.set(PAY, answer.answer);
  service.set(CANCEL, completed({ booking: HELD }));
  await pressAndConfirm(/^Pay /);
  await press(/Give the seats back/);
  assert.equal(asked(CANCEL), 0);
  answer.give(problem(500, 'INTERNAL'));
  await pass(100);
  service.set('GET /api/bookings/b', json(200, { booking: PAID.booking }));
  await pressAndConfirm(/Give the seats back/);
  await pass(100);
  assert.equal(asked(CANCEL), 0);
  sees(/paid meanwhile/);
});

test('"not enough points" goes when there are enough, and the focus goes to paying', async () => {
  service.set('GET /api/points', json(200, { balance: 0 }));
  await atCheckout();
  service.set(PAY, problem(402, 'INSUFFICIENT_POINTS', { balance: 0, required: 1000 }));
  await pressAndConfirm(/^Pay /);
  sees(/INSUFFICIENT_POINTS/);
  service.set('POST /api/points/charge', json(200, { balance: 400 }));
  await press(/Charge points/);
  sees(/INSUFFICIENT_POINTS/, /You need 600 points more/);
  service.set('POST /api/points/charge', json(200, { balance: 1400 }));
  await press(/Charge points/);
  seesNot(/INSUFFICIENT_POINTS/, /more/);
  assert.equal(document.activeElement, control(/^Pay /));
});

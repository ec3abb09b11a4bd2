// The waiting list of a date: joined from outside, told of by a stream, paid for without the room.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { asked, atConcert, completed, document, fan, HELD, json, PAID, pass, press, pressAndConfirm, problem, sees, seesNot, sent, service, session, show } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
import { mineView } from '../../../public/js/mine.js';

const ENTRY = { id: 'e', concertId: '1', scheduleId: '1', concertTitle: 'Concert', startAt: '2030-02-01T20:00:00Z', count: 2, sections: null, accessible: false, position: 3, status: 'WAITING', bookingId: null, offerEndsAt: null, createdAt: '2030-01-01T11:00:00Z' }; // prettier-ignore
const OFFERED = { status: 'OFFERED', position: null, bookingId: 'b', offerEndsAt: '2030-01-01T12:05:00Z' };
const JOIN = 'POST /api/concerts/schedules/1/waitlist';
const LEAVE = 'DELETE /api/waitlist/e';

let leave = () => undefined;
/** @type {ReadableStreamDefaultController | null} */
let stream = null;

/** Tells the page what it waits for. @param {...object} changes of each entry */
const tell = (...changes) => {
  const entries = changes.map((change) => ({ ...ENTRY, ...change }));
  stream?.enqueue(new TextEncoder().encode(`event: entries\ndata: ${JSON.stringify({ entries })}\n\n`));
};

beforeEach(() => {
  fan();
  for (const list of ['tickets', 'payments'])
    service.set(`GET /api/${list}`, json(200, { [list]: [], nextCursor: null }));
  service.set('GET /api/points/history', json(200, { entries: [], nextCursor: null }));
  service.set('GET /api/bookings/b', json(200, { booking: { ...HELD, entryId: 'e' } }));
  service.set('GET /api/users/queue', problem(404, 'NOT_QUEUED'));
  service.set('GET /api/waitlist/events', () => {
    const body = new ReadableStream({
      start: (controller) => {
        stream = controller;
      },
    });
    return new Response(body);
  });
});
afterEach(async () => {
  leave();
  await pass(100);
});

async function atMine() {
  leave = show(mineView, {});
  await pass(100);
}

test('the place moves, the offer counts down, and is paid for without the room, whose place stays', async () => {
  session.keepQueueToken('1', 'place');
  await atMine();
  tell({});
  await pass(100);
  sees(/Waiting: Concert/, /2 before you/, /2 seats/);
  tell({ position: 1 });
  await pass(100);
  sees(/You are next/);
  tell(OFFERED);
  await pass(300);
  sees(/Seats for you: Concert/, /\d:\d\d left to pay/);
  service.set(
    'POST /api/concerts/bookings/b/pay',
    completed({ ...PAID, booking: { ...PAID.booking, entryId: 'e' } }),
  );
  await pressAndConfirm(/^Pay /);
  tell({ ...OFFERED, status: 'TAKEN' });
  await pass(300);
  sees(/CODE-1/, /Taken: Concert/);
  assert.equal(session.queueToken('1'), 'place');
});

test('an offer that has ended is told so, and cannot be paid any more', async () => {
  await atMine();
  tell(OFFERED);
  await pass(300);
  tell({ ...OFFERED, status: 'EXPIRED' });
  await pass(300);
  sees(/The offer has ended/);
  seesNot(/left to pay/);
});

test('who leaves is asked of the service once, and a refusal is told', async () => {
  await atMine();
  tell({});
  await pass(100);
  service.set(LEAVE, problem(409, 'ALREADY_PAID'));
  await pressAndConfirm(/^Leave the list/);
  sees(/ALREADY_PAID/);
  service.set(LEAVE, () => new Response(null, { status: 204 }));
  await pressAndConfirm(/^Leave the list/);
  tell({ status: 'LEFT', position: null });
  await pass(100);
  sees(/You have left this list/);
  assert.equal(asked(LEAVE), 2);
});

test('a sold-out date is joined from outside, a refusal is told beside the form', async () => {
  const soldOut = { id: '1', concertId: '1', startAt: '2030-02-01T20:00:00Z', endAt: '2030-02-01T22:00:00Z', seats: { total: 2, available: 0 } }; // prettier-ignore
  service.set('GET /api/concerts/1/schedules', json(200, { schedules: [soldOut] }));
  leave = atConcert();
  await pass(200);
  sees(/Sold out now/);
  const count = /** @type {HTMLInputElement} */ (document.querySelector('input[type=number]'));
  count.value = '2';
  service.set(JOIN, problem(409, 'SEAT_LIMIT'));
  await press(/^Join the waiting list/);
  sees(/SEAT_LIMIT/);
  service.set(JOIN, json(201, { entry: { ...ENTRY, position: 3 } }));
  await press(/^Join the waiting list/);
  sees(/You are on the waiting list/, /number 3/);
  assert.deepEqual(sent.at(-1)?.body, { count: 2, accessible: false });
});

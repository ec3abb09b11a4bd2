// Helping a fan: whom a search finds, what they have, what became of what they asked for, and a refund.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { answer, asked, completed, control, dialog, document, input, json, open, pass, press, problem, sees, seesNot, sent, service, signedIn } from './desk.mjs'; // prettier-ignore
import { fansPage } from '../../../public/admin/pages/fans.js';

const ANN = '019a5f3e-8d7c-7b1e-9a43-2f60c1d4e5f6';
const USER = { id: ANN, email: 'ann@x.test', name: '<b>Ann</b>', role: 'user', issuer: null, createdAt: '2029-01-01T12:00:00Z' }; // prettier-ignore
const SHOW = { concertId: '1', scheduleId: '7', concertTitle: 'Gala', startAt: '2030-02-01T19:00:00Z' };
const SEAT = { id: '7-5', section: 'A', row: '1', number: 5, price: 2000 };
const BOOKING = { ...SHOW, id: 'b1', userId: ANN, status: 'PAID', seats: [SEAT], totalPrice: 2000, createdAt: '2030-01-01T10:00:00Z', expiresAt: '2030-01-01T10:05:00Z', paidAt: '2030-01-01T10:01:00Z', entryId: null }; // prettier-ignore
const TICKET = { ...SHOW, ...SEAT, id: 't1', userId: ANN, bookingId: 'b1', seatId: '7-5', code: 'AAAA-BBBB', status: 'VALID', usedAt: null }; // prettier-ignore
const COMMAND = { ...SHOW, userId: ANN, createdAt: '2030-01-01T10:00:00Z', finishedAt: null, error: null };
const none = { rows: [], nextCursor: null };
const THINGS = {
  bookings: { rows: [BOOKING, { ...BOOKING, id: 'b0', status: 'EXPIRED', paidAt: null }], nextCursor: null },
  commands: {
    rows: [
      { ...COMMAND, id: 'c4', kind: 'hold', status: 'queued', asked: { seatNumbers: [], bestAvailable: { count: 2 } } },
      { ...COMMAND, id: 'c3', kind: 'hold', status: 'rejected', asked: { seatNumbers: [5, 6] }, error: { code: 'SEAT_TAKEN', title: 'Seat taken', detail: 'Somebody was faster.' } },
      { ...COMMAND, id: 'c2', kind: 'pay', status: 'completed', asked: { bookingId: 'b1' } },
      { ...COMMAND, id: 'c1', kind: 'charge', status: 'completed', asked: { amount: 5000 }, concertTitle: null, scheduleId: null, startAt: null },
    ],
    nextCursor: 'c1',
  },
  tickets: { rows: [TICKET], nextCursor: null },
  payments: none,
  points: none,
  waitlist: none,
}; // prettier-ignore
const found = (more = {}) => ({ users: [USER], bookings: [], commands: [], tickets: [], ...more });

const window = /** @type {any} */ (globalThis.window);
let close = () => undefined;
/** @param {string} q */
async function search(q) {
  input(/^E-mail, booking/).value = q;
  await press(/^Search$/);
}

beforeEach(async () => {
  close();
  await pass();
  signedIn('support');
  window.location.hash = '#/fans';
  service.set('GET /api/admin/search', json(200, found()));
  service.set(`GET /api/admin/users/${ANN}`, json(200, { user: USER, balance: 3000, things: THINGS }));
  close = open(fansPage, {}, 'support');
  await pass();
});

test('a fan is found and shown: what they have, what they asked for and what became of it', async () => {
  assert.equal(document.activeElement, input(/^E-mail, booking/));
  await search(' Ann@X.test ');
  assert.equal(sent.find(({ path }) => path.endsWith('/search'))?.query.get('q'), 'Ann@X.test');
  sees(/<b>Ann<\/b>/, /3,000 points/, /Not paid in time/, /AAAA-BBBB/, /Gala, Feb \d, 2030/);
  sees(/Hold seats 5, 6Refused: Seat taken\. Somebody was faster\./, /PayDone/, /Add 5,000 pointsDone/);
  sees(/Hold the best available: 2On its way/);
  seesNot(/searched for/, /undefined|null|NaN|\[object/);
  assert.equal(window.location.hash, `#/fans?user=${ANN}`);
  assert.doesNotMatch(window.location.href, /x\.test/);
});

test('what was searched for by its id or code is marked', async () => {
  service.set('GET /api/admin/search', json(200, found({ bookings: [BOOKING], tickets: [TICKET] })));
  await search('aaaa bbbb');
  const marked = [...document.querySelectorAll('.is-found')].map((each) => each.textContent ?? '');
  assert.equal(marked.length, 2);
  assert.match(marked[0] ?? '', /searched for.*Paid.*seat 5/);
});

test('nothing found, and a refused search, are told', async () => {
  service.set('GET /api/admin/search', json(200, found({ users: [] })));
  await search('nobody@x.test');
  sees(/Nothing found/);
  service.set('GET /api/admin/search', problem(403, 'FORBIDDEN'));
  await search('nobody@x.test');
  sees(/ FORBIDDEN/);
});

test('several of one e-mail are offered', async () => {
  const other = { ...USER, id: 'other', issuer: 'https-issuer' };
  service.set('GET /api/admin/search', json(200, found({ users: [other, USER] })));
  await search('ann@x.test');
  sees(/Several have this e-mail.*https-issuer/);
  await press(/signs in here/);
  sees(/3,000 points/);
});

test('an address with somebody’s id shows them', async () => {
  close();
  window.location.hash = `#/fans?user=${ANN}`;
  close = open(fansPage, {}, 'support');
  await pass();
  sees(/3,000 points/);
});

test('more of a list comes when asked for, behind what is there', async () => {
  await search('ann@x.test');
  const row = { ...COMMAND, id: 'c0', kind: 'withdraw', status: 'failed', asked: {}, error: { code: 'X', title: 'X', detail: '' } }; // prettier-ignore
  service.set(`GET /api/admin/users/${ANN}/commands`, json(200, { rows: [row], nextCursor: null }));
  await press(/Show more/);
  assert.equal(sent.at(-1)?.query.get('cursor'), 'c1');
  sees(/Add 5,000 pointsDone.*Leave the waiting listFailed on our side/);
  assert.throws(() => control(/Show more/));
});

test('a refund says what will happen, wants a reason, and shows the effect', async () => {
  const CANCEL = 'POST /api/admin/bookings/b1/cancel';
  service.set(CANCEL, completed({ booking: { ...BOOKING, status: 'CANCELLED' } }));
  await search('ann@x.test');
  await press(/Cancel and refund/);
  assert.match(dialog()?.textContent ?? '', /Gala.*seat 5.*<b>Ann<\/b>.*gets 2,000 points back, and the ticket is void.*cannot be undone/); // prettier-ignore
  await answer(/Leave it/);
  assert.equal(asked(CANCEL), 0);

  await press(/Cancel and refund/);
  await answer(/Cancel and refund/);
  assert.equal(asked(CANCEL), 0, 'not without a reason');
  input(/Reason/).value = ' ill ';
  const cancelled = {
    ...THINGS,
    bookings: { rows: [{ ...BOOKING, status: 'CANCELLED' }], nextCursor: null },
  };
  service.set(`GET /api/admin/users/${ANN}`, json(200, { user: USER, balance: 5000, things: cancelled }));
  await answer(/Cancel and refund/);
  const [request] = sent.filter(({ path }) => path.endsWith('/b1/cancel'));
  assert.deepEqual(request?.body, { reason: 'ill' });
  assert.ok(request?.headers.get('idempotency-key'));
  assert.match(document.body.textContent ?? '', /Refunded 2,000 points\./);
  sees(/5,000 points/);
  seesNot(/Cancel and refund/);
});

test('a refused refund says why, and the page stays', async () => {
  service.set('POST /api/admin/bookings/b1/cancel', problem(409, 'NOT_CANCELLABLE'));
  await search('ann@x.test');
  await press(/Cancel and refund/);
  input(/Reason/).value = 'ill';
  await answer(/Cancel and refund/);
  sees(/ NOT_CANCELLABLE/, /AAAA-BBBB/);
});

test('all of a date is saved as a table', async () => {
  const saved = mock.method(URL, 'createObjectURL', () => 'blob:x');
  mock.method(URL, 'revokeObjectURL', () => undefined);
  service.set('GET /api/admin/schedules/7/export.csv', () => new Response('Booking'));
  await search('ann@x.test');
  await press(/Date as CSV/);
  assert.equal(saved.mock.callCount(), 1);
});

test('what has ended, or has begun, has no button', async () => {
  const rows = [
    { ...BOOKING, startAt: '2029-12-31T19:00:00Z' },
    { ...BOOKING, status: 'CANCELLED' },
    { ...BOOKING, status: 'EXPIRED' },
  ];
  const things = { ...THINGS, bookings: { rows, nextCursor: null } };
  service.set(`GET /api/admin/users/${ANN}`, json(200, { user: USER, balance: 0, things }));
  await search('ann@x.test');
  seesNot(/Cancel and refund/, /Cancel the hold/);
});

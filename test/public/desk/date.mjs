// One date at the desk: stopped, moved, its seats blocked on the map, called off with its progress.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answer, broken, control, dialog, input, json, main, open, pass, press, problem, sees, seesNot, sent, service, signedIn } from './desk.mjs'; // prettier-ignore
import { datePage } from '../../../public/admin/pages/date.js';

const window = globalThis.window;
const PATH = '/api/admin/schedules/17';
const CONCERT = { id: '7', title: 'Night', description: '', seatLimit: 4 };
const DATE = { id: '17', concertId: '7', bookingStartAt: '2030-01-01T10:00:00Z', bookingEndAt: '2030-01-30T10:00:30Z', startAt: '2030-02-01T20:00:00Z', endAt: '2030-02-01T22:00:00Z', stopped: false, cancelledAt: null, cancelReason: null, singleSeats: 'allow', offerTtlSeconds: 600, seats: 6 }; // prettier-ignore
const seat = (/** @type {number} */ number, status = 'AVAILABLE', more = {}) => ({ id: `17-${number}`, section: 'A', row: number < 4 ? '1' : '2', number, price: 500, attributes: {}, status, ...more }); // prettier-ignore
const SEATS = [seat(1), seat(2, 'SOLD'), seat(3, 'AVAILABLE', { label: '12A', afterGap: true }), seat(4), seat(5), seat(6, 'BLOCKED')]; // prettier-ignore
const changes = () =>
  sent.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]);
const chair = (/** @type {number} */ number) =>
  /** @type {any} */ (main.querySelector(`[data-id="17-${number}"]`));
const chosen = () =>
  [...main.querySelectorAll('.chair[aria-pressed=true]')].map((each) => each.getAttribute('data-id'));

let date = DATE;
let live = { held: 1, paid: 2, paidPoints: 1500 };
let leave = () => undefined;
beforeEach(async () => {
  leave();
  signedIn();
  date = DATE;
  live = { held: 1, paid: 2, paidPoints: 1500 };
  service.set(`GET ${PATH}`, () => json(200, { concert: CONCERT, schedule: date, live })());
  service.set(`GET ${PATH}/seats`, ({ query }) =>
    query.has('since') ? json(200, { version: 5, changed: [] })() : json(200, { version: 5, seats: SEATS })(),
  );
  service.set(`PATCH ${PATH}`, ({ body }) => {
    date = { ...date, ...body };
    return json(200, { schedule: date })();
  });
  leave = open(datePage, { id: '17' });
  await pass();
});

test('what is sold is told, and what is printed on a chair stands on it', () => {
  sees(
    /2 bookings paid for, 1,500 points; 1 on hold/,
    /3 free, 0 on hold, 1 sold, 1 out of sale|4 free, 0 on hold, 1 sold, 1 out of sale/,
  );
  assert.equal(chair(3).textContent, '12A');
  assert.ok(chair(3).className.includes('after-gap'));
  assert.match(chair(2).getAttribute('aria-label'), /A, row 1, seat 2: 500 points, sold/);
});

test('the sale is stopped and resumed, each once it is confirmed', async () => {
  await press(/^Stop the sale$/);
  assert.match(dialog()?.textContent ?? '', /Seats on hold can still be paid for/);
  await answer(/Leave it/);
  assert.deepEqual(changes(), []);
  await press(/^Stop the sale$/);
  await answer(/Stop the sale/);
  assert.deepEqual(changes(), [['PATCH', PATH, { stopped: true }]]);
  sees(/The sale is stopped/);
  await press(/^Resume the sale$/);
  await answer(/Resume the sale/);
  assert.deepEqual(changes()[1], ['PATCH', PATH, { stopped: false }]);
});

test('only the times that were moved are sent, and the seconds of the others stay', async () => {
  const wanted = '2030-02-02T20:00';
  input(/^Show starts/).value = wanted;
  const errors = [{ path: 'body.startAt', message: 'must be before endAt' }];
  service.set(`PATCH ${PATH}`, problem(400, 'INVALID_REQUEST', { errors }));
  await press(/^Change the times$/);
  await answer(/Change the times/);
  assert.deepEqual(changes(), [['PATCH', PATH, { startAt: new Date(wanted).toISOString() }]]);
  sees(/must be before endAt/);
});

test('seats are chosen by click, by key, by row; sold ones never', async () => {
  chair(1).click();
  chair(2).click();
  assert.deepEqual(chosen(), ['17-1']);
  const key = (/** @type {number} */ number, /** @type {string} */ name, shiftKey = false) =>
    chair(number).dispatchEvent(
      new window.KeyboardEvent('keydown', { key: name, shiftKey, bubbles: true, cancelable: true }),
    );
  chair(1).focus();
  key(1, 'ArrowDown');
  assert.equal(globalThis.document.activeElement, chair(4));
  key(4, 'ArrowRight', true);
  assert.deepEqual(chosen(), ['17-1', '17-4', '17-5']);
  key(5, 'End');
  assert.equal(globalThis.document.activeElement, chair(6));
  assert.equal(main.querySelectorAll('.chair[tabindex="0"]').length, 1, 'one tab stop');
  await press(/Choose row 1 of A/);
  assert.deepEqual(chosen(), ['17-1', '17-3', '17-4', '17-5']);
  await press(/Choose row 1 of A/);
  assert.deepEqual(chosen(), ['17-4', '17-5']);
  await press(/^Choose none$/);
  assert.deepEqual(chosen(), []);
});

test('a drag chooses what it passes over, and the click at its end changes nothing', async () => {
  const point = (/** @type {string} */ type, /** @type {number} */ number, props = {}) =>
    chair(number).dispatchEvent(
      Object.assign(new window.MouseEvent(type, { bubbles: true, button: 0, buttons: 1, ...props }), {
        pointerType: 'mouse',
      }),
    );
  point('pointerdown', 4);
  point('pointerover', 6); // So fast that nothing was seen of 5.
  chair(6).dispatchEvent(new window.MouseEvent('click', { bubbles: true, detail: 1 }));
  assert.deepEqual(chosen(), ['17-4', '17-5', '17-6']);
  await press(/^Choose none$/);
  point('pointerdown', 1);
  point('pointerover', 2);
  point('pointerover', 3);
  chair(3).dispatchEvent(new window.MouseEvent('click', { bubbles: true, detail: 1 }));
  assert.deepEqual(chosen(), ['17-1', '17-3']);
  point('pointerover', 4, { buttons: 0 });
  assert.deepEqual(chosen(), ['17-1', '17-3'], 'the button is up');
});

test('free ones are taken out of sale, blocked ones put back; one that is taken meanwhile is told', async () => {
  service.set(`POST ${PATH}/blocks`, problem(409, 'SEAT_TAKEN', { seatIds: ['17-1'] }));
  chair(1).click();
  chair(6).click();
  sees(/Chosen: 1 free, 1 out of sale/);
  await press(/^Take out of sale$/);
  await answer(/Take out of sale/);
  sees(/ SEAT_TAKEN/);
  assert.deepEqual(changes(), [['POST', `${PATH}/blocks`, { seatNumbers: [1] }]]);

  service.set(`DELETE ${PATH}/blocks`, json(200, { blocked: 0 }));
  await press(/^Put back on sale$/);
  await answer(/Put back on sale/);
  assert.deepEqual(changes()[1], ['DELETE', `${PATH}/blocks`, { seatNumbers: [6] }]);
  assert.deepEqual(chosen(), []);
});

test('a change that is recorded and not decided yet is followed to its end', async () => {
  service.set(`POST ${PATH}/blocks`, json(202, { job: { id: 'j', status: 'queued', pollAfterMs: 100 } }));
  service.set(
    'GET /api/jobs/j',
    json(200, { job: { id: 'j', status: 'completed', result: { blocked: 2 } } }),
  );
  chair(1).click();
  await press(/^Take out of sale$/);
  await answer(/Take out of sale/);
  await pass(500);
  assert.match(globalThis.document.body.textContent ?? '', /2 seats of this date are out of sale now/);
});

test('a seat that is sold while it is chosen is not chosen any more; a service that is away takes nothing off the page', async () => {
  chair(1).click();
  service.set(`GET ${PATH}/seats`, ({ query }) => {
    assert.equal(query.get('since'), '5');
    return json(200, { version: 6, changed: [{ id: '17-1', status: 'HELD' }] })();
  });
  await pass(2500);
  assert.deepEqual(chosen(), []);
  sees(/1 on hold, 1 sold/, /No seat chosen/);
  service.set(`GET ${PATH}/seats`, broken);
  await pass(5000);
  assert.ok(chair(1));
  seesNot(/Something went wrong/);
});

test('a show is called off once its title was typed, with the figures of that moment; then its progress until done', async () => {
  input(/^Reason/).value = 'Storm';
  live = { held: 0, paid: 3, paidPoints: 2500 };
  await press(/^Cancel the show…$/);
  assert.match(dialog()?.textContent ?? '', /3 paid bookings are cancelled, and 2,500 points go back/);
  await answer(/Cancel the show/);
  assert.deepEqual(changes(), [], 'the title was not typed');
  input(/Type “Night”/).value = 'Night';
  let cancellation = { reason: 'Storm', at: '2030-01-01T12:00:00Z', bookings: 3, done: 1, refunded: 500, refundedBookings: 1, doneAt: /** @type {string | null} */ (null) }; // prettier-ignore
  service.set(`POST ${PATH}/cancel`, () => {
    date = { ...DATE, cancelledAt: '2030-01-01T12:00:00Z' };
    return json(202, cancellation)();
  });
  service.set(`GET ${PATH}/cancellation`, () => json(200, cancellation)());
  await answer(/Cancel the show/);
  assert.deepEqual(changes(), [['POST', `${PATH}/cancel`, { reason: 'Storm' }]]);
  await pass(100);
  sees(/called off/, /1 of 3 bookings cancelled, 500 points paid back for 1; under way/);
  assert.throws(() => control(/^Stop the sale$/), 'nothing is left to steer');
  cancellation = {
    ...cancellation,
    done: 3,
    refunded: 2500,
    refundedBookings: 3,
    doneAt: '2030-01-01T12:01:00Z',
  };
  await pass(2500);
  sees(/3 of 3 bookings cancelled, 2,500 points paid back for 3; done/);
  const asked = sent.length;
  await pass(1500);
  assert.ok(
    sent.slice(asked).every(({ path }) => !path.endsWith('/cancellation')),
    'it is done: nobody asks on',
  );
});

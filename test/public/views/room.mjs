// What the room says of itself: opening, pauses, the time for choosing; a service that is away; the seats as they change.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { asked, atConcert, broken, completed, control, document, fan, HELD, INSIDE, json, later, mapOf, pass, press, pressAndConfirm, problem, room, SEATS, sees, seesNot, sent, service, session, show, WAITING } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
import { concertsView } from '../../../public/js/concerts.js';

const MAP = 'GET /api/concerts/schedules/1/seats';

/** @type {ReturnType<typeof room>} */
let place;
let leave = () => undefined;

beforeEach(() => fan());
afterEach(async () => {
  leave();
  await pass(100);
});

/** @param {object} first the room's first state */
async function enter(first) {
  session.keepQueueToken('1', 'place');
  place = room(first);
  leave = atConcert();
  await pass(100);
}

const inMinutes = (/** @type {number} */ minutes) => new Date(Date.now() + minutes * 60_000).toISOString();

test('before the opening it says when that is, and that the place is kept', async () => {
  await enter({ phase: 'BEFORE_OPENING', opensAt: inMinutes(5) });
  sees(/Booking opens at .*, in about 5 minutes\. Your place is kept\./);
  seesNot(/Waiting time/);
  await pass(4.5 * 60_000);
  sees(/, in \d+ s\. Your place/);
  await pass(60_000);
  sees(/opens at any moment/);
  place.tell({ opensAt: null });
  await pass(100);
  sees(/not open yet.*time is not known\. Your place is kept/);
  place.tell({ phase: 'PAUSED' });
  await pass(100);
  sees(/Admission is paused for the moment\. Your place is kept/);
  place.tell({ phase: 'OPEN' });
  await pass(100);
  sees(/Waiting time: less than a minute/);
});

test('it says how many seats are left, who holds them, and when none is', async () => {
  await enter({ ...WAITING, phase: 'OPEN', stock: { available: 12, held: 1 } });
  sees(/2 before you\. Waiting time/, /12 seats left; 1 seat is held by others and may come back\./);
  place.tell({ stock: { available: 2, held: 0 } });
  await pass(100);
  sees(/2 before you\. The seats may not last until your turn\./, /2 seats left\./);
  place.tell({ stock: { available: 0, held: 3 } });
  await pass(100);
  sees(/Waiting time/, /No seat is free at the moment, but 3 seats are held by others and may come back\./);
  place.tell({ phase: 'SOLD_OUT', estimatedWaitSeconds: null, stock: { available: 0, held: 0 } });
  await pass(100);
  sees(/2 before you\. Sold out\. Nobody is let in for now\. Your place is kept/);
  seesNot(/Waiting time/, /held by others/);
  place.tell({ phase: 'OPEN', stock: null });
  await pass(100);
  sees(/2 before you/);
  seesNot(/Sold out/, /seats left/);
});

test('whoever came too late for a draw is told to stand behind it', async () => {
  await enter({ phase: 'BEFORE_OPENING', opensAt: inMinutes(-1), position: null, drawPseudonym: null });
  sees(/The list of the draw is closed\. You stand behind those who are in it\./);
  sees(/You came after its list was closed: you are not in it\./);
  seesNot(/You are in the draw/);
  place.tell({ phase: 'OPEN', opensAt: null, position: 7 });
  await pass(100);
  sees(/6 before you/, /How this draw can be checked/);
});

test('before a draw it tells no place, counts down, and shows how the draw can be checked', async () => {
  service.set('GET /api/concerts/1/draw', json(200, { commitment: 'c0ffee', seed: null, entrants: null, entrantsHash: null, beacon: null, drawnAt: null })); // prettier-ignore
  await enter({
    phase: 'BEFORE_OPENING',
    opensAt: inMinutes(5),
    position: null,
    drawPseudonym: 'abc',
    message: 'Doors at 8',
  });
  sees(
    /You are in the draw\. Everybody who is here at .* gets a random place then: in about 5 minutes\./,
    /Doors at 8/,
  );
  seesNot(/before you/);
  const details = document.querySelector('details');
  if (details === null) throw new Error('no proof');
  details.open = true;
  details.dispatchEvent(new window.Event('toggle'));
  await pass(100);
  sees(/In the list you are called abc\./, /c0ffee/, /told when it is drawn/);
  service.set('GET /api/concerts/1/draw', json(200, { commitment: 'c0ffee', seed: '5eed', entrants: 3, entrantsHash: '4a54', beacon: null, drawnAt: inMinutes(0) })); // prettier-ignore
  place.tell({ phase: 'OPEN', opensAt: null, position: 3, message: null });
  await pass(100);
  sees(/2 before you/, /5eed/, /The whole order/);
  seesNot(/Doors at 8/);
});

test('a room that tells no phase, and does not tell who may choose, is as it was', async () => {
  await enter(WAITING);
  sees(/2 before you\. Waiting time: less than a minute\./);
  place.tell(INSIDE);
  await pass(100);
  sees(/You are in/, /Dates/, /Choose seats/);
});

test('when the time for choosing is over, choosing goes and what is held can be paid', async () => {
  await enter({ ...INSIDE, mayHold: true });
  await press(/Choose seats/);
  sees(/Hold these seats/);
  service.set('GET /api/bookings', json(200, { bookings: [HELD], nextCursor: null }));
  place.tell({ mayHold: false });
  await pass(100);
  seesNot(/Hold these seats/);
  sees(
    /On hold for you/,
    /Time left to pay/,
    /The time for choosing is over\. Pay for what you hold\./,
    /Pay 1,000 points/,
  );
});

test('a reload when the time for choosing is over leads to paying; without a hold it says so', async () => {
  service.set('GET /api/bookings', json(200, { bookings: [HELD], nextCursor: null }));
  await enter({ ...INSIDE, mayHold: false });
  sees(/On hold for you/);
  service.set('POST /api/concerts/bookings/b/cancel', completed({ booking: HELD }));
  service.set('GET /api/bookings', json(200, { bookings: [], nextCursor: null }));
  await pressAndConfirm(/Give the seats back/);
  await pass(100);
  sees(/The time for choosing is over/, /You hold no seats here any more/);
  seesNot(/Choose seats/);
  assert.equal(asked('GET /api/concerts/1/schedules/bookable'), 0);
});

test('a hold under way is answered before choosing goes', async () => {
  await enter({ ...INSIDE, mayHold: true });
  await press(/Choose seats/);
  await press(/seat 1: .*free/);
  const answer = later();
  service.set('POST /api/concerts/schedules/1/bookings', answer.answer);
  await press(/Hold these seats/);
  place.tell({ mayHold: false });
  await pass(1000);
  sees(/Hold these seats/);
  answer.give(completed({ booking: HELD }));
  await pass(100);
  sees(/On hold for you/);
});

test('a hold that the guard refuses while the place goes on does not end the visit', async () => {
  await enter({ ...INSIDE, mayHold: true });
  await press(/Choose seats/);
  await press(/seat 1: .*free/);
  service.set('POST /api/concerts/schedules/1/bookings', problem(403, 'QUEUE_EXPIRED'));
  service.set('GET /api/users/queue', json(200, { ...WAITING, ...INSIDE, mayHold: false }));
  await press(/Hold these seats/);
  await pass(100);
  sees(/You are in/, /The time for choosing is over/);
  seesNot(/Join the waiting room/);
});

test('seats are asked for as what has changed since, and whole where the service says so', async () => {
  await enter(INSIDE);
  const etags = ['"7"', '"8"', '"9"', '"9"'];
  const answers = [
    mapOf(7, SEATS),
    { version: 8, changed: [{ id: '1-2', status: 'HELD' }] },
    mapOf(9, SEATS),
  ];
  service.set(MAP, () => {
    const body = answers.shift();
    return body ? json(200, body, { etag: etags.shift() ?? '' })() : new Response(null, { status: 304 });
  });
  await press(/Choose seats/);
  control(/seat 2: .*free/);
  await pass(2000);
  control(/seat 2: .*on hold/);
  control(/seat 1: .*free/);
  await pass(2000);
  control(/seat 2: .*free/);
  await pass(2000);
  const maps = sent.filter(({ path }) => path.endsWith('/seats'));
  assert.deepEqual(
    maps.map(({ query }) => query.get('since')),
    [null, '7', '8', '9'],
  );
  assert.deepEqual(
    maps.map(({ headers }) => headers.get('if-none-match')),
    [null, '"7"', '"8"', '"9"'],
  );
});

test('a slow map is not overtaken by the next one', async () => {
  await enter(INSIDE);
  await press(/Choose seats/);
  const answer = later();
  service.set(MAP, answer.answer);
  const before = asked(MAP);
  await pass(8000);
  assert.equal(asked(MAP), before + 1);
  answer.give(json(200, { version: 2, changed: [{ id: '1-1', status: 'SOLD' }] }));
  await pass(100);
  control(/seat 1: .*sold/);
});

for (const [name, view, props, path] of /** @type {const} */ ([
  ['a concert', null, {}, 'GET /api/concerts/1'],
  ['the list of concerts', concertsView, {}, 'GET /api/concerts'],
])) {
  test(`${name} that cannot be read is tried again with growing pauses, and comes by itself`, async () => {
    room(WAITING);
    const works = path.endsWith('/1')
      ? json(200, { concert: { id: '1', title: 'Concert', description: '' } })
      : json(200, { concerts: [{ id: '1', title: 'Concert', description: '' }], nextCursor: null });
    service.set(path, broken);
    leave = view === null ? atConcert() : show(view, props);
    await pass(500);
    sees(/No connection/, /keeps trying by itself, next in 1 s/);
    assert.equal(asked(path), 1);
    await pass(1000);
    assert.equal(asked(path), 2);
    sees(/next in 2 s/);
    await pass(30_000);
    const tried = asked(path);
    assert.ok(tried >= 4 && tried <= 6, `${tried} tries in half a minute`);
    service.set(path, works);
    await pass(30_000);
    sees(/Concert/);
    seesNot(/No connection/);
  });
}

test('a place is found that was taken on another device, without taking one', async () => {
  place = room(WAITING);
  leave = atConcert();
  await pass(100);
  sees(/Your place/, /2 before you/);
  assert.equal(asked('POST /api/users/queue'), 0);
  assert.equal(document.activeElement, document.body);
});

test('somebody who is outside again in another tab waits here too', async () => {
  await enter(INSIDE);
  await press(/Choose seats/);
  place.tell(WAITING);
  await pass(100);
  seesNot(/Hold these seats/);
  sees(/2 before you/);
});

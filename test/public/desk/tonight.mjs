// The page "Tonight": the sale as it stands, old numbers marked as old, and what steers a room.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { answer, control, dialog, document, input, json, main, open, pass, press, problem, sees, seesNot, sent, service, signedIn } from './desk.mjs'; // prettier-ignore
import { tonightPage } from '../../../public/admin/pages/tonight.js';
import { merged } from '../../../public/admin/tonight/state.js';

const POLICY = { maxActive: 10, admitPerInterval: 5, admitIntervalMs: 1000, activeTtlSeconds: 420, abandonAfterSeconds: 60, paused: false, opensAt: null, order: 'arrival', message: null, admitBeyondStock: true }; // prettier-ignore
const DATE = { id: '7', startAt: '2030-02-01T20:00:00Z', bookingStartAt: '2030-01-01T00:00:00Z', bookingEndAt: '2030-02-01T00:00:00Z', stopped: false, total: 100, available: 60, held: 10, sold: 25, blocked: 5, revenue: 2500, refunded: 100 }; // prettier-ignore
const ROOM = { concertId: '1', title: 'A concert', phase: 'OPEN', opensAt: null, policy: POLICY, policyVersion: 'v1', waiting: 4210, active: 10, admittedTotal: 300, abandonedTotal: 12, expiredTotal: 3, admittedPerSecond: 4.9, oldestWaitSeconds: 754, commandsPerSecond: 42, refusedPerSecond: 3, backlogSeconds: 0.1, seats: { total: 100, available: 60, held: 10, sold: 25, blocked: 5 }, revenue: 2500, refunded: 100, dates: [DATE] }; // prettier-ignore
const WORKER = { id: 'w', host: 'box', pid: 11, startedAt: '2030-01-01T11:00:00Z', seenAt: '2030-01-01T12:00:00Z', scheduleIds: ['7'], served: 1, isSilent: false }; // prettier-ignore
const STATE = { at: '2030-01-01T12:00:00.000Z', everySeconds: 2, rooms: [ROOM], commands: { perSecond: 42, lastMinute: [{ decider: 'queue', kind: 'hold', outcome: 'SEAT_TAKEN', count: 17 }, { decider: 'door', kind: 'hold', outcome: 'QUEUE_WAITING', count: 3 }] }, queues: [], workers: [WORKER], lacking: {} }; // prettier-ignore
const QUEUE = '/api/admin/concerts/1/queue';

/** @type {any} */
let state;
/** @type {ReadableStreamDefaultController | null} */
let stream = null;
let leave = () => undefined;

/** What the service tells the stream that is open. @param {string} name @param {object} data */
async function tell(name, data) {
  stream?.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  await pass(50);
}
const now = () => new Date().toISOString();
/** @param {object} changes */
const room = (changes) =>
  tell('changes', { at: now(), rooms: [(state.rooms[0] = { ...state.rooms[0], ...changes })] });
const patches = () => sent.filter(({ method }) => method === 'PATCH');

/** @param {string} role */
async function show(role) {
  signedIn(role);
  state = structuredClone({ ...STATE, at: now() });
  service.set('GET /api/admin/desk/events', () => {
    const body = new ReadableStream({
      start: (controller) => {
        stream = controller;
        controller.enqueue(new TextEncoder().encode(`event: desk\ndata: ${JSON.stringify(state)}\n\n`));
      },
    });
    return new Response(body);
  });
  service.set('GET /api/admin/concerts/1/curves', json(200, { stepSeconds: 5, at: [Date.now() / 1000 - 3600, Date.now() / 1000 - 600], lines: { waiting: [1, 4000] } })); // prettier-ignore
  service.set(`PATCH ${QUEUE}`, ({ body }) => {
    const policy = { ...state.rooms[0].policy, ...body };
    return Response.json({ policy }, { headers: { etag: '"v2"' } });
  });
  leave = open(tonightPage, {}, role);
  await pass(100);
}
beforeEach(async () => show('operator'));
afterEach(async () => {
  leave();
  await pass(100);
});

test('a room, its date, what became of commands in words, and who serves', async () => {
  sees(
    /A concert ?no\. 1 ?Open/,
    /Waiting4,210/,
    /Longest wait12:34/,
    /Gave up12/,
    /Admitted per second4\.9/,
  );
  sees(/6010 ?25 \(25 %\)52,500 points100 points/);
  sees(/Holdthe seat was taken SEAT_TAKENby a worker17/, /not admitted yet QUEUE_WAITINGat the door3/);
  sees(/box \(11\)works.*7/, /No batch is waiting/);
  await room({ waiting: 4209, backlogSeconds: 12 });
  sees(/Waiting4,209/, /Oldest batch12 s/);
  assert.equal(document.querySelectorAll('.numbers .alarm').length, 1);
  await tell('changes', { at: now(), rooms: [], queues: [{ scheduleId: '7', waiting: 3, oldestSeconds: 12, state: 'STUCK', isPaused: false }], workers: [{ ...WORKER, isSilent: true, seenAt: new Date(Date.now() - 65_000).toISOString() }] }); // prettier-ignore
  sees(/Date 7312 sstuck: nobody takes it/, /silent for 1:05/);
});

test('rooms come, go and change their places; what is folded open stays open', async () => {
  const first = document.querySelector('.room');
  const limits = [...document.querySelectorAll('summary')].find(
    ({ textContent }) => textContent === 'Limits',
  );
  const details = /** @type {any} */ (limits?.parentElement);
  details.open = true;
  input(/Most inside/).value = '77';
  await tell('changes', {
    at: now(),
    rooms: [{ ...ROOM, concertId: '2', title: 'Another' }],
    order: ['2', '1'],
  });
  assert.deepEqual([...document.querySelectorAll('.room > .row h2')].map(({ textContent }) => textContent), ['Another', 'A concert']); // prettier-ignore
  assert.equal(document.querySelectorAll('.room')[1], first);
  await room({ policy: { ...POLICY, maxActive: 20 }, policyVersion: 'v9' });
  assert.equal(details.open, true);
  assert.equal(
    /** @type {any} */ (details.querySelector('input')).value,
    '77',
    'what is typed is not overwritten',
  );
  await tell('changes', { at: now(), rooms: [], order: ['2'] });
  seesNot(/A concert/);
});

test('a pause says what will happen, is made in view of what is shown, and told once the room says so', async () => {
  await press(/^Pause admission$/);
  assert.match(dialog()?.textContent ?? '', /4,210 fans wait; nobody will be admitted until you resume/);
  assert.equal(patches().length, 0);
  await answer(/Pause admission/);
  assert.deepEqual(
    patches().map(({ body, headers }) => [body, headers.get('if-match')]),
    [[{ paused: true }, '"v1"']],
  );
  const effect = () => document.querySelector('.effect')?.textContent ?? '';
  assert.doesNotMatch(effect(), /Paused/, 'the room has not said so');
  await room({ policy: { ...POLICY, paused: true }, policyVersion: 'v2' });
  assert.doesNotMatch(effect(), /Paused/, 'Postgres has it, the room not yet');
  await room({ phase: 'PAUSED' });
  assert.match(effect(), /Paused\. “A concert” admits nobody/);
  await press(/^Resume admission$/);
  assert.match(dialog()?.textContent ?? '', /up to 5 are admitted a second, 10 inside at once/);
  await answer(/Leave it/);
  assert.equal(patches().length, 1);
});

test('a room that somebody else has changed: by whom, what it is now, and only then again', async () => {
  const changed = { policy: { ...POLICY, maxActive: 3, message: 'Hello' }, policyVersion: 'v5', changedBy: { at: '2030-01-01T12:00:00Z', name: 'Bob', email: 'bob@example.com' } }; // prettier-ignore
  service.set(`PATCH ${QUEUE}`, problem(412, 'PRECONDITION_FAILED', changed));
  await press(/^Pause admission$/);
  await answer(/Pause admission/);
  const words = dialog()?.textContent ?? '';
  assert.match(words, /Bob \(bob@example\.com\) changed it at/);
  assert.match(words, /Now: up to 5 are admitted a second, 3 inside at once/);
  assert.match(words, /Now: the message “Hello”/);
  await answer(/Leave it/);
  assert.equal(patches().length, 1);

  await press(/^Pause admission$/);
  await answer(/Pause admission/);
  service.set(`PATCH ${QUEUE}`, json(200, { policy: {} }));
  await answer(/Make my change all the same/);
  assert.deepEqual(
    patches().map(({ headers }) => headers.get('if-match')),
    ['"v1"', '"v1"', '"v5"'],
  );
});

test('an act soon after another one is made in view of what the first has made, until the room shows something else', async () => {
  let made = 1;
  service.set(`PATCH ${QUEUE}`, ({ body }) => Response.json({ policy: { ...POLICY, ...body } }, { headers: { etag: `"v${(made += 1)}"` } })); // prettier-ignore
  const pause = async () => {
    await press(/^Pause admission$/);
    await answer(/Pause admission/);
  };
  await pause();
  await pause();
  await room({ policyVersion: 'v2' }); // What is shown is on its way to what was made.
  await pause();
  await room({ policyVersion: 'w1' });
  await pause();
  await room({ policyVersion: 'w1', waiting: 3 });
  await pass(11_000);
  await pause();
  assert.deepEqual(
    patches().map(({ headers }) => headers.get('if-match')),
    ['"v1"', '"v2"', '"v3"', '"w1"', '"w1"'],
  );
});

test('limits, a message and the opening are asked about in words, and send only their own part', async () => {
  input(/Most inside/).value = '4';
  await press(/^Change the limits$/);
  assert.match(
    dialog()?.textContent ?? '',
    /From now on: up to 5 are admitted a second, 4 inside at once.*Who is inside stays/,
  );
  await answer(/Change the limits/);
  input(/Message to everybody/).value = ' Doors at 8 ';
  await press(/^Show the message$/);
  assert.match(dialog()?.textContent ?? '', /Shown: “Doors at 8”/);
  await answer(/Show the message/);
  input(/Opens at/).value = '2030-01-02T20:00';
  input(/^Order/).value = 'draw';
  await press(/^Change the opening$/);
  await answer(/Change the opening/);
  assert.deepEqual(
    patches().map(({ body }) => body),
    [
      { maxActive: 4, admitPerInterval: 5, admitIntervalMs: 1000, activeTtlSeconds: 420, abandonAfterSeconds: 60, admitBeyondStock: true }, // prettier-ignore
      { message: 'Doors at 8' },
      { opensAt: new Date('2030-01-02T20:00').toISOString(), order: 'draw' },
    ],
  );
});

test('the value of a draw is asked for where there is one', async () => {
  const beacon = () => input(/Source of a public value/).closest('form');
  assert.ok(beacon().hidden);
  await room({ policy: { ...POLICY, order: 'draw' }, policyVersion: 'v3' });
  assert.equal(beacon().hidden, false);
  service.set('POST /api/admin/concerts/1/draw/beacon', json(200, {}));
  input(/Source of a public value/).value = 'a lottery';
  await press(/Put it into the draw/);
  sees(/Promised\. The draw waits for its value/);
  input(/The value/).value = '4711';
  await press(/Put it into the draw/);
  sees(/The draw can be made/);
});

test('support staff sees all of it and steers nothing', async () => {
  leave();
  await show('support');
  sees(/Waiting4,210/);
  seesNot(/Pause admission|Change the limits/);
});

test('a broken stream: the last numbers stay, marked as old and since when; back by itself', async () => {
  service.set('GET /api/admin/desk/events', problem(503, 'UNAVAILABLE'));
  stream?.close();
  await pass(3000);
  sees(
    /The connection to the service is broken, since \d\d:\d\d:\d\d\. The numbers below are of/,
    /Waiting4,210/,
  );
  assert.ok(main.classList.contains('old'));
  const told = document.querySelector('[role=status] .bad')?.textContent;
  await pass(20_000);
  assert.equal(document.querySelector('[role=status] .bad')?.textContent, told, 'the moment does not move');
  state.at = now();
  service.set('GET /api/admin/desk/events', () => {
    const text = `event: desk\ndata: ${JSON.stringify({ ...state, at: now(), rooms: [{ ...ROOM, waiting: 1 }] })}\n\n`;
    return new Response(
      new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) }),
    );
  });
  await pass(11_000);
  sees(/Waiting1/);
});

test('Redis or Postgres away, or nobody who counts: said, with since when', async () => {
  await tell('trouble', { lacking: 'redis', since: '2030-01-01T12:00:00Z' });
  sees(/cannot reach Redis, since/);
  await tell('changes', { at: now(), rooms: [], lacking: { database: '2030-01-01T12:00:00Z' } });
  sees(/Postgres does not answer, since/);
  seesNot(/cannot reach Redis/);
  await tell('changes', { at: now(), rooms: [], lacking: {} });
  assert.equal(main.classList.contains('old'), false);
  await pass(15_000);
  sees(/Nobody has counted for 0:10/);
  assert.ok(main.classList.contains('old'));
});

test('the last hour as a table, for who cannot see it drawn, and where nothing can draw', async () => {
  const table = [...document.querySelectorAll('details')].find((each) => /as a table/.test(each.querySelector('summary')?.textContent ?? '')); // prettier-ignore
  assert.ok(table);
  for (const script of document.querySelectorAll('script'))
    script.dispatchEvent(new globalThis.window.Event('error'));
  await pass(100);
  sees(/cannot draw the curves: see the table/);
  /** @type {any} */ (table).open = true;
  table.dispatchEvent(new globalThis.window.Event('toggle'));
  await room({ waiting: 4321 });
  assert.match(table.textContent ?? '', /4,321/);
  assert.match(table.textContent ?? '', /4,000/);
});

test('changes leave as it was what they do not name', () => {
  const before = {
    at: 'a',
    rooms: [
      { concertId: '1', n: 1 },
      { concertId: '2', n: 2 },
    ],
    workers: ['w'],
  };
  const after = merged(before, { at: 'b', rooms: [{ concertId: '2', n: 3 }] });
  assert.deepEqual(after, {
    at: 'b',
    rooms: [
      { concertId: '1', n: 1 },
      { concertId: '2', n: 3 },
    ],
    workers: ['w'],
  });
  assert.deepEqual(merged(after, { at: 'c', rooms: [], order: ['2'] }).rooms, [{ concertId: '2', n: 3 }]);
});

test('pressing twice asks once', async () => {
  const pause = control(/^Pause admission$/);
  pause.click();
  pause.click();
  await pass();
  assert.equal(document.querySelectorAll('dialog').length, 1);
});

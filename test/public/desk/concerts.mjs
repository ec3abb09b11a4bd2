// Concerts at the desk: found, made, changed; dates by sections or from a file.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answer, control, dialog, document, input, json, main, open, pass, press, problem, sees, seesNot, sent, service, signedIn } from './desk.mjs'; // prettier-ignore
import { decoded } from '../../../public/admin/concerts/plan-text.js';
import { concertPage } from '../../../public/admin/pages/concert.js';
import { concertsPage } from '../../../public/admin/pages/concerts.js';

const window = globalThis.window;
const CONCERT = { id: '7', title: 'Night <b>one</b>', description: 'Loud', seatLimit: 4 };
const DATE = { id: '17', concertId: '7', bookingStartAt: '2030-01-01T10:00:00Z', bookingEndAt: '2030-01-30T10:00:00Z', startAt: '2030-02-01T20:00:00Z', endAt: '2030-02-01T22:00:00Z', stopped: false, cancelledAt: null, cancelReason: null, singleSeats: 'allow', offerTtlSeconds: 600, seats: 50 }; // prettier-ignore
const PLAN = { seats: 2, sections: [{ name: 'Stalls', rows: 1, seats: 2, standing: 0, accessible: 1, lowestPrice: 500, highestPrice: 700 }], prices: [{ price: 500, seats: 1 }, { price: 700, seats: 1 }], labelled: 1, gaps: 1, worth: 1200 }; // prettier-ignore
const changes = () => sent.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/check'));

let leave = () => undefined;
beforeEach(() => {
  leave();
  signedIn();
  service.set('GET /api/admin/concerts', ({ query }) =>
    json(200, {
      concerts: query.get('q') === 'none' ? [] : [{ ...CONCERT, dates: 1, nextStartAt: null }],
      nextCursor: query.has('cursor') ? null : '7',
    })(),
  );
  service.set(
    'GET /api/admin/concerts/7/schedules',
    json(200, { concert: CONCERT, schedules: [DATE, { ...DATE, id: '18', stopped: true }] }),
  );
  service.set(
    'GET /api/admin/concerts/7/sales',
    json(200, { schedules: [{ id: '17', sold: 12, revenue: 600 }] }),
  );
  service.set('GET /api/admin/concerts/7/presales', json(200, { presales: [] }));
});

test('concerts are listed, searched and paged; titles are words, never markup', async () => {
  leave = open(concertsPage);
  await pass();
  sees(/Night <b>one<\/b>/, /no\. 7/);
  await press(/^Show more$/);
  assert.equal(sent.at(-1)?.query.get('cursor'), '7');
  assert.equal(control(/^Show more|^Find$/).textContent, 'Find', 'there is nothing more');
  input(/^Search/).value = 'none';
  await press(/^Find$/);
  sees(/There is no such concert/);
  seesNot(/Night/);
  assert.equal(window.location.hash, '#/concerts?q=none');
});

test('a concert is made with its policy; what is wrong is told beside its field', async () => {
  leave = open(concertsPage);
  await pass();
  const errors = [{ path: 'body.queue.maxActive', message: 'must not be so' }];
  service.set('POST /api/admin/concerts', problem(400, 'INVALID_REQUEST', { errors }));
  input(/^Title/).value = 'New';
  input(/^Seats per fan/).value = '2';
  input(/^Most inside/).value = '5';
  input(/^Order/).value = 'draw';
  await press(/^Make the concert$/);
  sees(/must not be so/);
  service.set('POST /api/admin/concerts', json(201, { concert: { ...CONCERT, id: '9' } }));
  await press(/^Make the concert$/);
  assert.equal(window.location.hash, '#/concerts/9');
  const { body } = changes().at(-1) ?? {};
  assert.equal(body.title, 'New');
  assert.equal(body.seatLimit, 2);
  assert.deepEqual(body.queue, { maxActive: 5, admitPerInterval: 100, admitIntervalMs: 1000, activeTtlSeconds: 420, abandonAfterSeconds: 60, order: 'draw', paused: false }); // prettier-ignore
});

test('a concert shows its dates, also while the figures of its sale are away; only what was changed is sent', async () => {
  service.set('GET /api/admin/concerts/7/sales', problem(503, 'UNAVAILABLE'));
  service.set('PATCH /api/admin/concerts/7', json(200, { concert: { ...CONCERT, seatLimit: 6 } }));
  leave = open(concertPage, { id: '7' });
  await pass();
  sees(/on sale/, /stopped/);
  await press(/^Change it$/);
  assert.deepEqual(changes(), [], 'nothing was changed');
  input(/^Seats per fan and date/).value = '6';
  await press(/^Change it$/);
  assert.deepEqual(
    changes().map(({ body }) => body),
    [{ seatLimit: 6 }],
  );
  sees(/In force/);
});

test('a date by sections is made once it is confirmed', async () => {
  service.set('POST /api/admin/concerts/7/schedules', json(201, { schedule: DATE, seats: 50 }));
  leave = open(concertPage, { id: '7' });
  await pass();
  await press(/^Add the date$/);
  assert.match(dialog()?.textContent ?? '', /cannot be changed later/);
  await answer(/Leave it/);
  assert.deepEqual(changes(), []);
  await press(/^Add the date$/);
  await answer(/Add the date/);
  assert.deepEqual(changes()[0]?.body.sections, [{ name: 'A', rows: 5, seatsPerRow: 10, price: 50_000 }]);
  sees(/50 seats, date 17/);
});

/** @param {string | Uint8Array} content @param {string} name */
async function chooseFile(content, name = 'hall.csv') {
  const file = {
    name,
    arrayBuffer: async () =>
      (typeof content === 'string' ? new TextEncoder().encode(content) : content).buffer,
  };
  const picker = main.querySelector('input[type=file]');
  Object.defineProperty(picker, 'files', { value: [file], configurable: true });
  picker?.dispatchEvent(new window.Event('change'));
  await pass(50);
}

test('a file with faults: each beside its line, and no date is made of it; without, a summary and the date', async () => {
  leave = open(concertPage, { id: '7' });
  await pass();
  input(/Seat by seat/).click();
  await press(/^Add the date$/);
  sees(/Choose a file without faults first/);

  const text = '\uFEFFsection,row,number,price\r\nStalls,1,1,<i>x</i>\r\nStalls,1,2,500';
  const errors = [{ path: 'body.plan', message: 'line 2, price: must be a whole number', line: 2, column: 'price', detail: '' }, { path: 'body.plan', message: 'is odd', line: null, column: null, detail: '' }]; // prettier-ignore
  service.set(
    'POST /api/admin/plans/check',
    json(200, { plan: { ...PLAN, seats: 1 }, errors, moreErrors: false }),
  );
  await chooseFile(text);
  sees(/hall\.csv has 2 faults/, /line 2, price/, /2 {2}Stalls,1,1,<i>x<\/i>|2 Stalls,1,1,<i>x<\/i>/);
  assert.equal(main.querySelector('mark')?.textContent?.trim(), '2  Stalls,1,1,<i>x</i>');
  await press(/^Add the date$/);
  sees(/Choose a file without faults first/);
  assert.equal(dialog(), null);

  service.set('POST /api/admin/plans/check', json(200, { plan: PLAN, errors: [], moreErrors: false }));
  service.set('POST /api/admin/concerts/7/schedules', json(201, { schedule: DATE, seats: 2 }));
  await chooseFile(text, 'right.csv');
  sees(/right\.csv has no faults/, /2 seats, worth 1,200 points/, /500 to 700 points/);
  seesNot(/has 2 faults/);
  await press(/^Add the date$/);
  assert.match(dialog()?.textContent ?? '', /2 seats from right\.csv/);
  await answer(/Add the date/);
  const { body } = changes().at(-1) ?? {};
  assert.equal(body.plan, text.slice(1), 'the mark at the head is none of its text');
  assert.equal(body.sections, undefined);
});

test('a file in another writing is never guessed at', async () => {
  leave = open(concertPage, { id: '7' });
  await pass();
  input(/Seat by seat/).click();
  const korean = new Uint8Array([0xb0, 0xa1, 0x2c, 0x31]); // 가,1 as EUC-KR
  await chooseFile(korean);
  sees(/not written in UTF-8/);
  assert.equal(sent.filter(({ path }) => path.endsWith('/check')).length, 0);
  assert.equal(decoded(korean.buffer, 'euc-kr'), '가,1');
  assert.equal(decoded(new Uint8Array([0xff, 0xfe, 0x41, 0, 0x2c, 0]).buffer, 'utf-8'), 'A,');
  assert.equal(document.querySelectorAll('dialog').length, 0);
});

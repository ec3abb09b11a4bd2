// Checking tickets in: what is said and when, over a line that breaks, and through a reload.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { asked, broken, document, input, json, later, open, pass, press, problem, sees, seesNot, sent, service, session, signedIn } from './desk.mjs'; // prettier-ignore
import { doorPage } from '../../../public/admin/pages/door.js';

const window = /** @type {any} */ (globalThis.window);
const CHECK_IN = 'POST /api/admin/tickets/check-in';
const TICKET = { id: 't', scheduleId: '7', concertTitle: 'Gala', startAt: '2030-01-01T19:00:00Z', section: 'A', row: '1', number: 5, code: 'AAAA-BBBB', status: 'USED', usedAt: '2030-01-01T12:00:00Z' }; // prettier-ignore
const DATE = {
  id: '7',
  concertTitle: 'Gala',
  startAt: '2030-01-01T19:00:00Z',
  endAt: '2030-01-01T21:00:00Z',
};
const yes = json(200, { ticket: TICKET });

let close = () => undefined;
const openDoor = async () => {
  close = open(doorPage, {}, 'door');
  await pass();
};
/** As a hand scanner does: letters, then an Enter. @param {string} code */
async function scan(code) {
  const field = input(/^Code$/);
  assert.equal(document.activeElement, field, 'the focus is in the field');
  field.value = code;
  field.form.requestSubmit();
  await pass();
}
const verdict = () => /** @type {HTMLElement} */ (document.querySelector('.verdict'));
const scans = () => [...document.querySelectorAll('.scans li')].map((each) => each.textContent ?? '');
const ids = () => sent.filter(({ path }) => path.endsWith('/check-in')).map(({ body }) => body.scanId);

beforeEach(async () => {
  window.localStorage.clear();
  signedIn('door');
  service.set('GET /api/admin/door/dates', json(200, { dates: [DATE] }));
  service.set('GET /api/admin/door/dates/7', json(200, { tickets: 50, used: 3 }));
  await openDoor();
});
afterEach(async () => {
  close();
  await pass(60_000);
});

test('a code is let in: a big yes with the seat, the only date chosen, how many are in, the focus where it was', async () => {
  sees(/Ready/, /3 of 50 are in/);
  service.set(CHECK_IN, yes);
  service.set('GET /api/admin/door/dates/7', json(200, { tickets: 50, used: 4 }));
  await scan('aaaa bbbb');
  assert.equal(verdict().className, 'verdict yes');
  sees(/Let in.*A, row 1, seat 5/, /4 of 50 are in/);
  assert.deepEqual(sent.at(-2)?.body.code, 'aaaa bbbb');
  assert.equal(sent.at(-2)?.body.scheduleId, '7');
  assert.equal(input(/^Code$/).value, '');
  assert.equal(document.activeElement, input(/^Code$/));
});

for (const [code, members, words] of /** @type {[string, object, RegExp][]} */ ([
  [
    'ALREADY_USED',
    { usedAt: '2030-01-01T11:31:00Z', ticket: TICKET },
    /Used already.*seat 5.*Let in at \d\d:31:00/,
  ],
  ['TICKET_VOID', { ticket: TICKET }, /Void ticket/],
  [
    'TICKET_FOR_ANOTHER_DATE',
    { ticket: { ...TICKET, startAt: '2030-01-05T19:00:00Z' } },
    /Another date.*Gala, Jan [56], 2030/,
  ],
  ['TICKET_NOT_FOUND', {}, /No such ticket.*NONSENSE/],
])) {
  test(`${code} is a big no with why, and is not sent again`, async () => {
    service.set(CHECK_IN, problem(code === 'TICKET_NOT_FOUND' ? 404 : 409, code, members));
    await scan('NONSENSE');
    assert.equal(verdict().className, 'verdict no');
    sees(words);
    await pass(60_000);
    assert.equal(asked(CHECK_IN), 1);
  });
}

test('no yes before the service said so; what is lost on the way is sent again as the same scan', async () => {
  service.set(CHECK_IN, broken);
  await scan('AAAA-BBBB');
  assert.equal(verdict().className, 'verdict wait');
  sees(/Not sent yet.*let nobody in before/, /1 not sent yet/);
  seesNot(/Let in[^ ]/);
  const slow = later();
  service.set(CHECK_IN, slow.answer);
  await pass(2000);
  assert.equal(verdict().className, 'verdict wait');
  slow.give(yes);
  await pass();
  assert.equal(verdict().className, 'verdict yes');
  assert.equal(asked(CHECK_IN), 2);
  assert.equal(new Set(ids()).size, 1);
  assert.match(ids()[0], /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test('an answer that never comes is not waited for', async () => {
  service.set(CHECK_IN, later().answer);
  await scan('AAAA-BBBB');
  sees(/Asking…/);
  await pass(9000);
  sees(/Not sent yet/);
  service.set(CHECK_IN, yes);
  await pass(12_000);
  sees(/Let in/);
  assert.equal(new Set(ids()).size, 1);
});

test('what was not sent outlives the page and a sign-in that ends, with its id and its date', async () => {
  service.set(CHECK_IN, broken);
  await scan('FIRST');
  await scan('SECOND');
  const before = new Set(ids());
  close();
  service.set(CHECK_IN, problem(401, 'TOKEN_EXPIRED'));
  await openDoor();
  await pass(30_000);
  assert.equal(session.user, null);
  close();
  session.signIn({ user: { id: 'u10', name: 'Bob', role: 'door' }, accessToken: 'b' });
  service.set(CHECK_IN, ({ body }) => (body.code === 'FIRST' ? problem(409, 'ALREADY_USED', { usedAt: TICKET.usedAt, ticket: TICKET }) : yes)(undefined)); // prettier-ignore
  await openDoor();
  await pass(30_000);
  assert.deepEqual(new Set(ids()), before);
  assert.equal(scans().length, 2);
  assert.match(scans()[0] ?? '', /Let in/);
  assert.match(scans()[1] ?? '', /Used already/);
  assert.ok(
    sent.filter(({ path }) => path.endsWith('/check-in')).every(({ body }) => body.scheduleId === '7'),
  );
});

test('an old yes is in the list of a page that is opened, and not its verdict', async () => {
  service.set(CHECK_IN, yes);
  await scan('AAAA-BBBB');
  close();
  await openDoor();
  assert.match(scans()[0] ?? '', /Let in/);
  assert.equal(verdict().className, 'verdict wait');
  sees(/Ready/);
});

test('the same code scanned twice is two scans', async () => {
  service.set(CHECK_IN, yes);
  await scan('AAAA-BBBB');
  await scan('AAAA-BBBB');
  assert.equal(new Set(ids()).size, 2);
});

test('the verdict is about the latest code, whatever is answered later; the list has all', async () => {
  const first = later();
  service.set(CHECK_IN, ({ body, ...rest }) =>
    body.code === 'FIRST'
      ? first.answer({ body, ...rest })
      : problem(409, 'TICKET_VOID', { ticket: TICKET })(),
  );
  await scan('FIRST');
  await scan('SECOND');
  assert.equal(verdict().className, 'verdict no');
  first.give(yes);
  await pass();
  assert.equal(verdict().className, 'verdict no');
  assert.match(scans()[1] ?? '', /Let in/);
});

test('the last ten are shown; those without an answer are kept beyond', async () => {
  service.set(CHECK_IN, broken);
  for (let number = 1; number <= 12; number += 1) await scan(`CODE${number}`);
  assert.equal(scans().length, 10);
  sees(/12 not sent yet/);
  service.set(CHECK_IN, yes);
  await pass(30_000);
  assert.equal(new Set(ids()).size, 12);
  assert.equal(
    Object.keys(window.localStorage).filter((key) => key.startsWith('frontrow.door.scan.')).length,
    10,
  );
  seesNot(/not sent yet/);
});

test('a busy service is asked again when it says so, and not before', async () => {
  service.set(CHECK_IN, () => Response.json({ title: 'Too many', status: 429, detail: '', code: 'RATE_LIMITED' }, { status: 429, headers: { 'Retry-After': '20' } })); // prettier-ignore
  await scan('AAAA');
  await pass(19_000);
  assert.equal(asked(CHECK_IN), 1);
  service.set(CHECK_IN, yes);
  await pass(2000);
  sees(/Let in/);
});

test('the connection is back: it is sent at once', async () => {
  service.set(CHECK_IN, broken);
  await scan('AAAA');
  await pass(30_000);
  service.set(CHECK_IN, yes);
  window.dispatchEvent(new window.Event('online'));
  await pass();
  sees(/Let in/);
});

test('what is typed while nothing has the focus comes into the field', async () => {
  /** @type {any} */ (document.activeElement).blur();
  document.body.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'A', bubbles: true }));
  assert.equal(document.activeElement, input(/^Code$/));
});

test('a browser without a reader for codes says what to do instead', async () => {
  sees(/camera.*Type the codes, or use a hand scanner/);
});

test('the camera: each code that comes into sight is one scan, and going elsewhere turns it off', async () => {
  close();
  const stopped = mock.fn();
  let inSight = [{ rawValue: 'AAAA-BBBB' }];
  window.isSecureContext = true;
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { mediaDevices: { getUserMedia: async () => ({ getTracks: () => [{ stop: stopped }] }) } },
  });
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ['qr_code'];
    detect = async () => inSight;
  };
  window.HTMLMediaElement.prototype.play = async () => undefined;
  service.set(CHECK_IN, yes);
  await openDoor();
  await press(/Use the camera/);
  await pass(5000);
  assert.equal(asked(CHECK_IN), 1, 'held before the camera for seconds');
  inSight = [];
  await pass(3000);
  inSight = [{ rawValue: 'AAAA-BBBB' }];
  await pass(1000);
  assert.equal(asked(CHECK_IN), 2, 'shown once more');
  close();
  await pass(1000);
  assert.equal(stopped.mock.callCount(), 1);
  inSight = [{ rawValue: 'CCCC' }];
  await pass(2000);
  assert.equal(asked(CHECK_IN), 2);
  delete window.BarcodeDetector;
});

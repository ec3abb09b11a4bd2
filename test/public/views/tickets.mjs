// A ticket in its owner's hands, the questions before what cannot be undone, and how the tab says whose turn it is.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { asked, atConcert, completed, control, document, fan, HELD, INSIDE, json, later, main, PAID, pass, press, pressAndConfirm, problem, question, room, sees, seesNot, service, show, TICKET, WAITING } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
import { mineView } from '../../../public/js/mine.js';
import { ticketCard } from '../../../public/js/tickets.js';

const PAY = 'POST /api/concerts/bookings/b/pay';
const CANCEL = 'POST /api/concerts/bookings/b/cancel';
const QR = 'GET /api/tickets/t/qr.svg';

let leave = () => undefined;
beforeEach(() => fan());
afterEach(async () => {
  leave();
  question()?.remove();
  await pass(100);
});

const showTicket = (/** @type {object} */ changes, /** @type {object} */ facts = { timeZone: null }) => {
  const view = (/** @type {HTMLElement} */ root, /** @type {object} */ _props, /** @type {AbortSignal} */ signal) =>
    root.append(ticketCard({ ...TICKET, ...changes }, facts, signal)); // prettier-ignore
  leave = show(view, {});
  return pass(100);
};
const picture = () => /** @type {HTMLImageElement} */ (main.querySelector('img.qr'));

test('a ticket has its concert, time, seat and code, and the code as a picture of which nothing runs', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  service.set(QR, () => new Response(svg));
  await showTicket({}, { endAt: '2030-02-01T22:00:00Z', timeZone: 'Asia/Seoul' });
  // 20:00 UTC is five in the morning there, on the next day.
  sees(/Concert/, /Feb 2, 2030, 5:00 – 7:00/, /at the place of the show: Korean Standard Time/, /row 1, seat 1/, /CODE-1/, /Valid/); // prettier-ignore
  assert.equal(picture().hidden, false);
  assert.equal(picture().src, `data:image/svg+xml,${encodeURIComponent(svg)}`);
  assert.equal(main.querySelector('script'), null);
});

test('the zone is asked for where only the concert is known, and the clock of the reader is named without one', async () => {
  service.set('GET /api/concerts/2', json(200, { concert: { id: '2', timeZone: 'America/New_York' } }));
  await showTicket({ concertId: '2' }, {});
  sees(/Feb 1, 2030, 3:00/, /at the place of the show: Eastern Standard Time/);
  leave();
  service.set('GET /api/concerts/3', problem(503, 'UNAVAILABLE'));
  await showTicket({ concertId: '3' }, {});
  sees(/Times by your own clock: /);
});

for (const status of ['USED', 'VOID'])
  test(`a ticket that is ${status} opens no door: no picture of its code`, async () => {
    await showTicket({ status });
    assert.equal(asked(QR), 0);
    sees(status === 'USED' ? /Used at the door/ : /Void: cancelled/);
    seesNot(/Print/);
  });

test('a picture that does not come is tried again; the code is there meanwhile', async () => {
  service.set(QR, problem(503, 'UNAVAILABLE'));
  await showTicket({});
  sees(/CODE-1/, /UNAVAILABLE/);
  service.set(QR, () => new Response('<svg/>'));
  await pass(3000);
  assert.equal(picture().hidden, false);
  seesNot(/UNAVAILABLE/);
});

test('the date is saved as a file', async () => {
  service.set('GET /api/tickets/t/calendar.ics', () => new Response('BEGIN:VCALENDAR'));
  /** @type {Blob[]} */
  const files = [];
  URL.createObjectURL = (file) => `blob:${files.push(/** @type {Blob} */ (file))}`;
  URL.revokeObjectURL = () => undefined;
  window.HTMLAnchorElement.prototype.click = () => undefined; // jsdom cannot go anywhere.
  await showTicket({});
  await press(/Save the date/);
  await pass(100);
  assert.equal(await files[0]?.text(), 'BEGIN:VCALENDAR');
});

test('printing one ticket marks it, and only until it is printed', async () => {
  let marked = 0;
  window.print = () => {
    marked = document.querySelectorAll('.prints-one .printed').length;
  };
  await showTicket({});
  await press(/Print/);
  assert.equal(marked, 1);
  window.dispatchEvent(new window.Event('afterprint'));
  assert.equal(document.querySelectorAll('.prints-one, .printed').length, 0);
});

async function atCheckout() {
  fan({ held: [HELD] });
  room(INSIDE);
  leave = atConcert();
  await pass(100);
}

test('nothing is paid before the answer to what will happen; a no, or Escape, sends nothing', async () => {
  await atCheckout();
  service.set(PAY, completed(PAID));
  await press(/^Pay /);
  assert.match(
    question()?.textContent ?? '',
    /Pay 1,000 points for these seats\?.*balance is 4,000 points afterwards/,
  );
  await press(/^No, /);
  assert.equal(question(), null);
  assert.equal(document.activeElement, control(/^Pay /));
  await press(/^Pay /);
  question()?.close(); // As Escape does.
  await pass(100);
  assert.equal(asked(PAY), 0);
  await pressAndConfirm(/^Pay /);
  assert.equal(asked(PAY), 1);
  sees(/CODE-1/);
});

test('however often it is pressed, it is asked once and sent once', async () => {
  await atCheckout();
  const answer = later();
  service.set(PAY, answer.answer);
  const pay = control(/^Pay /);
  pay.click();
  pay.click();
  await pass(100);
  assert.equal(document.querySelectorAll('dialog').length, 1);
  const yes = control(/^Yes, /);
  yes.click();
  yes.click();
  pay.click();
  await pass(100);
  assert.equal(asked(PAY), 1);
  answer.give(completed(PAID));
  await pass(100);
});

test('a question about seats that are not held any more goes', async () => {
  await atCheckout();
  await press(/^Pay /);
  assert.ok(question());
  await pass(6 * 60_000);
  assert.equal(question(), null);
  assert.equal(asked(PAY), 0);
  sees(/The hold has ended/);
});

test('giving up a place, and cancelling what is paid, are asked about with what they mean', async () => {
  room(WAITING);
  leave = atConcert();
  await pass(100);
  await press(/Give up my place/);
  assert.match(question()?.textContent ?? '', /cannot be had back/);
  await press(/^No, /);
  assert.equal(asked('DELETE /api/users/queue'), 0);
  leave();

  fan();
  service.set('GET /api/bookings', json(200, { bookings: [PAID.booking], nextCursor: null }));
  for (const name of ['tickets', 'payments'])
    service.set(`GET /api/${name}`, json(200, { [name]: [], nextCursor: null }));
  service.set('GET /api/points/history', json(200, { entries: [], nextCursor: null }));
  service.set(CANCEL, completed({ booking: HELD }));
  leave = show(mineView, {});
  await pass(100);
  await press(/Cancel and refund/);
  assert.match(question()?.textContent ?? '', /1,000 points come back.*cannot be undone/);
  assert.equal(asked(CANCEL), 0);
  await press(/^Yes, /);
  assert.equal(asked(CANCEL), 1);
});

test('the tab says which place one has and when it is one’s turn; sound is off until it is asked for', async () => {
  let tones = 0;
  class Audio {
    state = 'running';
    currentTime = 0;
    destination = {};
    resume = async () => undefined;
    createGain = () => ({ gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (/** @type {object} */ to) => to }); // prettier-ignore
    createOscillator() {
      tones += 1;
      return { frequency: {}, connect: (/** @type {object} */ to) => to, start() {}, stop() {} };
    }
  }
  Object.assign(window, { AudioContext: Audio });
  document.head.innerHTML = '<link rel="icon" href="/favicon.svg">';
  const icon = () => document.querySelector('link[rel="icon"]')?.getAttribute('href');
  const place = room(WAITING);
  leave = atConcert();
  await pass(100);
  assert.equal(document.title, 'Number 3 · Concert · frontrow');
  place.tell(INSIDE);
  await pass(1000);
  assert.equal(document.title, 'It is your turn · Concert · frontrow');
  assert.equal(icon(), '/favicon-turn.svg');
  assert.equal(tones, 0);
  leave();
  assert.equal(icon(), '/favicon.svg');

  fan();
  const again = room(WAITING);
  leave = atConcert();
  await pass(100);
  const sound = /** @type {HTMLInputElement} */ (main.querySelector('.signals input'));
  assert.equal(sound.checked, false);
  sound.click();
  await pass(1000);
  assert.ok(tones > 0, 'nobody hears what they have asked for');
  tones = 0;
  again.tell(INSIDE);
  await pass(1000);
  assert.ok(tones > 0);
  leave();
  leave = atConcert(); // Loaded anew inside: no turn has come.
  tones = 0;
  await pass(1000);
  assert.equal(tones, 0);
});

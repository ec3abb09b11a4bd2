// The page's real modules in jsdom, before a service that answers as each test writes it. Time moves only when told to.
import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { JSDOM } from 'jsdom';
import { HELD, json, mapOf, SEATS, sent, service } from './service.mjs';

export * from './service.mjs';

const { window } = new JSDOM('<header id="bar"></header><main id="main" tabindex="-1"></main>', {
  url: 'http://frontrow.test/',
  pretendToBeVisual: true, // Nothing is asked again and again while nobody looks at the page.
});
window.scrollTo = () => undefined;
// What jsdom has not: no size, no picture, no light; a dialog is what is in front.
Object.assign(window, {
  ResizeObserver: class {
    observe() {}
    disconnect() {}
  },
  matchMedia: () => new window.EventTarget(),
});
// Nor does it load what a page refers to.
const { append } = window.document.head;
window.document.head.append = (...nodes) => {
  append.call(window.document.head, ...nodes);
  for (const node of nodes) if (node instanceof window.Node) node.dispatchEvent(new window.Event('load'));
};
Object.assign(window.HTMLCanvasElement.prototype, { getContext: () => null });
Object.assign(window.HTMLDialogElement.prototype, {
  /** @this {HTMLDialogElement} */
  showModal() {
    this.open = true;
    this.querySelector('button')?.focus();
  },
  /** @this {HTMLDialogElement} */
  close() {
    this.open = false;
    this.dispatchEvent(new window.Event('close'));
  },
});
Object.assign(globalThis, {
  window,
  document: window.document,
  location: window.location,
  history: window.history,
  localStorage: window.localStorage,
});

const startClock = () =>
  mock.timers.enable({
    apis: ['setTimeout', 'setInterval', 'Date'],
    now: Date.parse('2030-01-01T12:00:00Z'),
  });
startClock();

export const { session } = await import('../../../public/js/session.js');
export const { balance } = await import('../../../public/js/wallet.js');
const { concertView } = await import('../../../public/js/concert.js');

export const document = window.document;
export const main = /** @type {HTMLElement} */ (document.getElementById('main'));

/** A signed-in fan with 5000 points, and a concert with one date. `held` is what they hold. */
export function fan({ held = /** @type {object[]} */ ([]) } = {}) {
  mock.timers.reset();
  startClock();
  service.clear();
  sent.length = 0;
  session.signOut();
  window.localStorage.clear();
  window.sessionStorage.clear();
  session.signIn({ user: { id: 'u1', name: 'Fan', role: 'user' }, accessToken: 'a' });
  const schedule = { id: '1', concertId: '1', startAt: '2030-02-01T20:00:00Z', endAt: '2030-02-01T22:00:00Z', seats: { total: 2, available: 2 } }; // prettier-ignore
  service.set('GET /api/concerts/1', json(200, { concert: { id: '1', title: 'Concert', description: '' } }));
  service.set('GET /api/concerts/1/schedules', json(200, { schedules: [schedule] }));
  service.set('GET /api/waitlist/events', () => new Response(new ReadableStream()));
  service.set('GET /api/concerts/1/schedules/bookable', json(200, { schedules: [schedule] }));
  service.set('GET /api/concerts/schedules/1/seats', json(200, mapOf(1, SEATS)));
  service.set('GET /api/points', json(200, { balance: 5000 }));
  service.set('GET /api/bookings', ({ query }) =>
    json(200, { bookings: query.get('status') === 'PAID' ? [] : held, nextCursor: null })(),
  );
  service.set('GET /api/bookings/b', json(200, { booking: HELD }));
  service.set('GET /api/tickets/t/qr.svg', () => new Response('<svg xmlns="http://www.w3.org/2000/svg"/>'));
}

/** Shows a view as the page would. @returns what ends it, as going elsewhere does */
export function show(/** @type {Function} */ view, /** @type {object} */ props) {
  const controller = new AbortController();
  main.replaceChildren();
  view(main, props, controller.signal);
  return () => {
    controller.abort();
    main.replaceChildren();
  };
}

/** The page of that concert. */
export const atConcert = () => show(concertView, { id: '1' });

/** Lets everything that waits for nothing but its turn happen, while so much time passes. */
export async function pass(milliseconds = 0) {
  for (let left = milliseconds; left > 0; left -= 50) {
    await turns(5);
    mock.timers.tick(Math.min(50, left));
  }
  await turns(30);
}

async function turns(/** @type {number} */ count) {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What is read, and the codes of the problems that are told, as support would ask for them. */
const words = () => {
  const codes = [...main.querySelectorAll('[data-code]')].map((each) => each.getAttribute('data-code'));
  return `${main.textContent?.replaceAll(/\s+/g, ' ')} ${codes.join(' ')}`;
};

/** @param {...RegExp} wanted */
export function sees(...wanted) {
  for (const pattern of wanted) assert.match(words(), pattern);
}
/** @param {...RegExp} unwanted */
export function seesNot(...unwanted) {
  for (const pattern of unwanted) assert.doesNotMatch(words(), pattern);
}

/** What is asked right now: nothing behind it can be pressed. @returns {HTMLDialogElement | null} */
export const question = () => document.querySelector('dialog[open]');

/** @param {RegExp} name @returns {HTMLElement} */
export function control(name) {
  const all = /** @type {HTMLElement[]} */ ([...(question() ?? document).querySelectorAll('button, a')]);
  const found = all.find(
    (each) => name.test(each.getAttribute('aria-label') ?? each.textContent ?? '') && !each.hidden,
  );
  assert.ok(found, `no ${name} in: ${words()}`);
  return found;
}

/** Presses what asks first, and says yes. @param {RegExp} name */
export async function pressAndConfirm(name) {
  await press(name);
  await press(/^Yes, /);
}

/** Presses a button as a keyboard does: with the focus on it. @param {RegExp} name */
export async function press(name) {
  const found = control(name);
  found.focus();
  found.click();
  await pass();
}

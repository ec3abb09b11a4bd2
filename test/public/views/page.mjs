// The page's real modules in jsdom, before a service that answers as each test writes it. Time moves only when told to.
import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { JSDOM } from 'jsdom';

/** @typedef {{ method: string, path: string, query: URLSearchParams, headers: Headers, body: any }} Sent */
/** @typedef {(request: Sent) => Response | Promise<Response>} Answer */

const { window } = new JSDOM('<header id="bar"></header><main id="main" tabindex="-1"></main>', {
  url: 'http://frontrow.test/',
  pretendToBeVisual: true, // Nothing is asked again and again while nobody looks at the page.
});
window.scrollTo = () => undefined;
Object.assign(globalThis, {
  window,
  document: window.document,
  location: window.location,
  history: window.history,
  localStorage: window.localStorage,
  sessionStorage: window.sessionStorage,
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
/** Everything that was sent to the service. @type {Sent[]} */
export const sent = [];
/** What the service answers, by `METHOD /path`. @type {Map<string, Answer>} */
export const service = new Map();

globalThis.fetch = async (address, init = {}) => {
  const { pathname, searchParams } = new URL(String(address), window.location.href);
  const { method = 'GET', headers, body } = init;
  const parsed = body === undefined ? undefined : JSON.parse(String(body));
  const request = {
    method,
    path: pathname,
    query: searchParams,
    headers: new Headers(headers),
    body: parsed,
  };
  sent.push(request);
  init.signal?.throwIfAborted();
  const answer = service.get(`${method} ${pathname}`);
  assert.ok(answer, `nobody answers ${method} ${pathname}`);
  /** @type {Promise<never>} */
  const aborted = new Promise((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });
  return Promise.race([Promise.resolve(request).then(answer), aborted]);
};

/** @param {number} status @param {unknown} body @param {Record<string, string>} [headers] */
export const json =
  (status, body, headers = {}) =>
  () =>
    Response.json(body, { status, headers });
/** @param {number} status @param {string} code @param {object} [members] */
export const problem = (status, code, members = {}) =>
  json(status, { title: `No: ${code}`, status, detail: 'Because.', code, ...members });
export const broken = () => {
  throw new TypeError('fetch failed');
};
/** @param {unknown} result */
export const completed = (result) => json(200, { job: { id: 'j', status: 'completed', result } });

/** An answer that comes when the test says so. */
export function later() {
  /** @type {(answer: Answer) => void} */
  let give = () => undefined;
  const given = new Promise((resolve) => {
    give = resolve;
  });
  return { answer: async (/** @type {Sent} */ request) => (await given)(request), give };
}

/** A room whose stream the test writes. It has a place until it is ended. @param {object} first the first state */
export function room(first) {
  let state = { ...WAITING, ...first };
  /** @type {Set<ReadableStreamDefaultController>} */
  const open = new Set();
  const event = () => new TextEncoder().encode(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
  let has = true;
  const notQueued = problem(404, 'NOT_QUEUED');
  service.set('GET /api/users/queue', (request) => (has ? json(200, state)() : notQueued(request)));
  service.set('POST /api/users/queue', () => {
    has = true;
    return Response.json(state, { status: 201 });
  });
  service.set('DELETE /api/users/queue', () => {
    has = false;
    return new Response(null, { status: 204 });
  });
  service.set('GET /api/users/queue/events', (request) => {
    if (!has) return notQueued(request);
    /** @type {ReadableStreamDefaultController} */
    let made;
    const body = new ReadableStream({
      start: (controller) => {
        open.add(controller);
        controller.enqueue(event());
        made = controller;
      },
      cancel: () => void open.delete(made), // Silent for too long, or not wanted any more.
    });
    return new Response(body);
  });
  const close = () => {
    for (const each of open) each.close();
    open.clear();
  };
  return {
    tell: (/** @type {object} */ changes) => {
      state = { ...state, ...changes };
      for (const each of open) each.enqueue(event());
    },
    end: () => {
      has = false;
      close();
    },
  };
}

export const WAITING = { concertId: '1', status: 'WAITING', position: 3, estimatedWaitSeconds: 4, pollAfterMs: 1000, queueToken: 'place', expiresAt: null }; // prettier-ignore
export const INSIDE = { status: 'ACTIVE', position: 0, expiresAt: '2030-01-01T12:07:00Z' };
export const SEATS = [1, 2].map((number) => ({ id: `1-${number}`, section: 'A', row: '1', number, price: 500, attributes: {}, status: 'AVAILABLE' })); // prettier-ignore
export const HELD = { id: 'b', concertId: '1', scheduleId: '1', status: 'PENDING', seats: SEATS, totalPrice: 1000, createdAt: '2030-01-01T12:00:00Z', expiresAt: '2030-01-01T12:05:00Z' }; // prettier-ignore
export const TICKET = { id: 't', bookingId: 'b', seatId: '1-1', section: 'A', row: '1', number: 1, code: 'CODE-1', status: 'VALID' }; // prettier-ignore
export const PAID = { booking: { ...HELD, status: 'PAID' }, payment: { amount: 1000 }, tickets: [TICKET], balance: 4000 }; // prettier-ignore

/** A signed-in fan with 5000 points, and a concert with one date. `held` is what they hold. */
export function fan({ held = /** @type {object[]} */ ([]) } = {}) {
  mock.timers.reset();
  startClock();
  service.clear();
  sent.length = 0;
  session.signOut();
  window.localStorage.clear();
  session.signIn({ user: { id: 'u1', name: 'Fan', role: 'user' }, accessToken: 'a' });
  const schedule = { id: '1', concertId: '1', startAt: '2030-02-01T20:00:00Z', endAt: '2030-02-01T22:00:00Z', seats: { total: 2, available: 2 } }; // prettier-ignore
  service.set('GET /api/concerts/1', json(200, { concert: { id: '1', title: 'Concert', description: '' } }));
  service.set('GET /api/concerts/1/schedules/bookable', json(200, { schedules: [schedule] }));
  service.set('GET /api/concerts/schedules/1/seats', json(200, { version: 1, seats: SEATS }));
  service.set('GET /api/points', json(200, { balance: 5000 }));
  service.set('GET /api/bookings', ({ query }) =>
    json(200, { bookings: query.get('status') === 'PAID' ? [] : held, nextCursor: null })(),
  );
  service.set('GET /api/bookings/b', json(200, { booking: HELD }));
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

const words = () => main.textContent?.replaceAll(/\s+/g, ' ') ?? '';

/** @param {...RegExp} wanted */
export function sees(...wanted) {
  for (const pattern of wanted) assert.match(words(), pattern);
}
/** @param {...RegExp} unwanted */
export function seesNot(...unwanted) {
  for (const pattern of unwanted) assert.doesNotMatch(words(), pattern);
}

/** @param {RegExp} name @returns {HTMLElement} */
export function control(name) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('button, a')]);
  const found = all.find(
    (each) => name.test(each.getAttribute('aria-label') ?? each.textContent ?? '') && !each.hidden,
  );
  assert.ok(found, `no ${name} in: ${words()}`);
  return found;
}

/** Presses a button as a keyboard does: with the focus on it. @param {RegExp} name */
export async function press(name) {
  const found = control(name);
  found.focus();
  found.click();
  await pass();
}

/** How often that was asked of the service. */
export const asked = (/** @type {string} */ what) =>
  sent.filter(({ method, path }) => `${method} ${path}` === what).length;

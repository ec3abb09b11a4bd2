// A service that answers as each test writes it.
import assert from 'node:assert/strict';

/** @typedef {{ method: string, path: string, query: URLSearchParams, headers: Headers, body: any }} Sent */
/** @typedef {(request: Sent) => Response | Promise<Response>} Answer */

/** Everything that was sent to the service. @type {Sent[]} */
export const sent = [];
/** What the service answers, by `METHOD /path`. @type {Map<string, Answer>} */
export const service = new Map();

globalThis.fetch = async (address, init = {}) => {
  const { pathname, searchParams } = new URL(String(address), 'http://frontrow.test/');
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
/** A whole map as it travels. @param {number} version @param {any[]} seats with numbers from 1, in order */
export const mapOf = (version, seats) => ({
  scheduleId: '1',
  version,
  runs: seats.map(({ number, id: _id, status: _status, ...facts }) => ({ first: number, last: number, ...facts })),
  states: Array.from({ length: Math.max(...seats.map(({ number }) => number)) }, (_, place) => seats.find(({ number }) => number === place + 1)?.status[0] ?? 'A').join(''),
}); // prettier-ignore
export const HELD = { id: 'b', concertId: '1', scheduleId: '1', status: 'PENDING', seats: SEATS, totalPrice: 1000, createdAt: '2030-01-01T12:00:00Z', expiresAt: '2030-01-01T12:05:00Z' }; // prettier-ignore
export const TICKET = { id: 't', concertId: '1', concertTitle: 'Concert', startAt: '2030-02-01T20:00:00Z', bookingId: 'b', seatId: '1-1', section: 'A', row: '1', number: 1, code: 'CODE-1', status: 'VALID' }; // prettier-ignore
export const PAID = { booking: { ...HELD, status: 'PAID' }, payment: { amount: 1000 }, tickets: [TICKET], balance: 4000 }; // prettier-ignore

/** How often that was asked of the service. */
export const asked = (/** @type {string} */ what) =>
  sent.filter(({ method, path }) => `${method} ${path}` === what).length;

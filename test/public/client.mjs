// The demo page's own modules, run by Node's test runner: they are ES modules for browsers, which Jest does not load.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

/** @type {Map<string, string>} */
const stored = new Map();
Object.assign(globalThis, {
  window: new EventTarget(),
  localStorage: {
    getItem: (/** @type {string} */ key) => stored.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => stored.set(key, value),
  },
});

const { command } = await import('../../public/js/api.js');
const { parseEvent, readEvents } = await import('../../public/js/event-stream.js');
const { clock, roughly } = await import('../../public/js/format.js');
const { sectionsOf } = await import('../../public/js/hall/sections.js');
const { session } = await import('../../public/js/session.js');
const { follow } = await import('../../public/js/waiting-room.js');

/** @typedef {{ method: string, path: string, headers: Record<string, string> }} Sent */
/** @typedef {() => Response} Answer what the service answers; throws when the line is broken */

/** @type {Sent[]} */
let sent = [];
/** @type {(request: Sent) => Response} */
let service;

globalThis.fetch = async (path, init) => {
  const { method = 'GET', headers = {} } = init ?? {};
  const request = { method, path: String(path), headers: Object.fromEntries(new Headers(headers)) };
  sent.push(request);
  return service(request);
};

beforeEach(() => {
  sent = [];
});

/** Gives these answers one after another. @param {Answer[]} answers */
function answering(...answers) {
  service = () => {
    const next = answers.shift();
    assert.ok(next, 'one request too many');
    return next();
  };
}

/** @param {number} status @param {object} body */
const json = (status, body) => () => Response.json(body, { status });
/** @param {number} status @param {string} code */
const problem = (status, code) => json(status, { title: 'No', status, detail: 'Because.', code });
const broken = () => {
  throw new TypeError('fetch failed');
};
/** @param {string[]} chunks */
const stream = (...chunks) => new Response(new Blob(chunks).stream());
const state = { status: 'WAITING', position: 3, pollAfterMs: 5, queueToken: 'token' };

test('an event split anywhere comes out whole, and heartbeats do not come out', async () => {
  const text = ': alive\n\nevent: state\ndata: {"a":1}\n\n: alive\n\nevent: state\r\ndata: 2\r\n\r\n';
  for (let cut = 0; cut <= text.length; cut += 1) {
    /** @type {string[]} */
    const seen = [];
    const body = new ReadableStream({
      start(controller) {
        for (const part of [text.slice(0, cut), text.slice(cut)]) {
          controller.enqueue(new TextEncoder().encode(part));
        }
        controller.close();
      },
    });
    await readEvents(new Response(body), (/** @type {string} */ name, /** @type {string} */ data) =>
      seen.push(`${name} ${data}`),
    );
    assert.deepEqual(seen, ['state {"a":1}', 'state 2'], `cut at ${cut}`);
  }
  assert.deepEqual(parseEvent('data: a\ndata: b'), { name: 'message', data: 'a\nb' });
});

test('a command whose answer is lost is sent again under the same key, and its job is followed', async () => {
  answering(
    broken,
    json(202, { job: { id: 'j', status: 'queued', pollAfterMs: 1 } }),
    json(200, { job: { id: 'j', status: 'completed', result: { booking: 'b' } } }),
  );
  assert.deepEqual(await command('/api/x', { body: { seatNumbers: [1] } }), { booking: 'b' });
  assert.equal(sent[0]?.headers['idempotency-key'], sent[1]?.headers['idempotency-key']);
  assert.equal(sent[1]?.headers['prefer'], 'wait=5');
  assert.equal(sent[2]?.path, '/api/jobs/j?wait=5');
});

test('a refusal is thrown, whether at once or by the job', async () => {
  answering(problem(409, 'SEAT_TAKEN'));
  await assert.rejects(command('/api/x'), { code: 'SEAT_TAKEN', detail: 'Because.' });
  const error = { code: 'HOLD_EXPIRED', title: 'Over', detail: 'Too late.' };
  answering(json(200, { job: { id: 'j', status: 'rejected', error } }));
  await assert.rejects(command('/api/x'), { code: 'HOLD_EXPIRED', title: 'The hold has ended' });
  assert.notEqual(sent[0]?.headers['idempotency-key'], sent[1]?.headers['idempotency-key']);
});

test('a place is followed by stream, by asking when the stream breaks, and until it ends', async () => {
  const event = `event: state\ndata: ${JSON.stringify(state)}\n\n`;
  answering(
    () => stream(event),
    json(200, state),
    broken,
    broken,
    json(200, state),
    problem(404, 'NOT_QUEUED'),
  );
  /** @type {string[]} */
  const seen = [];
  const { signal } = new AbortController();
  const ended = await follow('7', {
    signal,
    onState: (/** @type {unknown} */ _state, /** @type {string} */ how) => seen.push(how),
    onTrouble: (/** @type {{ code: string }} */ error) => seen.push(error.code),
  });
  assert.equal(ended, true);
  assert.deepEqual(seen, ['stream', 'poll', 'NO_CONNECTION', 'poll']);
  assert.equal(session.queueToken('7'), 'token');
  assert.equal(sent.at(-1)?.headers['x-queue-token'], 'token');
});

test('following stops without a word when it is called off', async () => {
  const controller = new AbortController();
  service = () => {
    controller.abort();
    throw new DOMException('stopped', 'AbortError');
  };
  const fail = () => assert.fail('nothing is to be told');
  assert.equal(await follow('8', { signal: controller.signal, onState: fail, onTrouble: fail }), false);
});

test('a refused access token ends the session; the same person finds their place again, another does not', async () => {
  const user = { id: 'u1', name: 'A' };
  session.signIn({ user, accessToken: 'a' });
  session.keepQueueToken('9', 'place');
  answering(problem(401, 'TOKEN_EXPIRED'));
  await assert.rejects(command('/api/x'), { code: 'TOKEN_EXPIRED' });
  assert.equal(session.user, null);
  session.signIn({ user, accessToken: 'b' });
  assert.equal(session.queueToken('9'), 'place');
  session.signIn({ user: { id: 'u2', name: 'B' }, accessToken: 'c' });
  assert.equal(session.queueToken('9'), null);
});

test('seats come by section and row in the order in which the service lists them', () => {
  const seat = (/** @type {string} */ section, /** @type {string} */ row, /** @type {number} */ number) => ({
    section,
    row,
    number,
  });
  const made = sectionsOf([seat('B', '1', 1), seat('B', '2', 2), seat('A', '1', 3), seat('B', '2', 4)]);
  assert.deepEqual(
    made.map(({ name, rows }) => [name, rows.map((row) => row.seats.map(({ number }) => number))]),
    [
      ['B', [[1], [2, 4]]],
      ['A', [[3]]],
    ],
  );
});

test('times in words', () => {
  assert.equal(clock(245_000), '4:05');
  assert.equal(clock(-1), '0:00');
  assert.equal(roughly(null), 'not known yet');
  assert.equal(roughly(59), 'less than a minute');
  assert.equal(roughly(60), 'about a minute');
  assert.equal(roughly(5400), 'about 1.5 hours');
});

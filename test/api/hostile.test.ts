import { request as plainRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Problem } from '../support/contract';
import type { Fan } from '../support/fan';
import { type Answer, send, type Sent } from '../support/http';
import { expectRefusal, refusal } from '../support/refusal';
import { type House, Stack } from '../support/stack';

let stack: Stack;
let house: House;
let fan: Fan;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
  house = await stack.house();
  fan = await stack.admitted(house.concertId);
});
// A 5xx would have been logged as an error, which fails this.
afterAll(async () => stack.stop());

const asFan = async (method: string, path: string, sent: Sent = {}): Promise<Answer> =>
  refusal(fan, method, path, sent);

const IDS = [
  'abc',
  '0',
  '-1',
  '1.5',
  '1e3',
  '0x1',
  '9'.repeat(30),
  '9223372036854775808',
  '%00',
  'é',
  '1%00',
  '%F0%9F%8E%AB',
  '1-1-1',
  '1 OR 1=1',
  "';--",
  '1-99999999999',
  '..%2f..',
  '%25',
  'a'.repeat(3000),
];

describe('an id that cannot be', () => {
  test.each(IDS)('is found nowhere: %s', async (id) => {
    const paths: [string, string][] = [
      ['GET', `/api/concerts/${id}`],
      ['GET', `/api/concerts/${id}/schedules/bookable`],
      ['GET', `/api/concerts/schedules/${id}/seats`],
      ['POST', `/api/concerts/seats/${id}/book`],
      ['POST', `/api/concerts/schedules/${id}/bookings`],
      ['POST', `/api/concerts/bookings/${id}/pay`],
      ['POST', `/api/concerts/bookings/${id}/cancel`],
      ['GET', `/api/bookings/${id}`],
      ['GET', `/api/jobs/${id}`],
    ];
    for (const [method, path] of paths) {
      const answer = await asFan(method, path, method === 'POST' ? { body: { seatNumbers: [1] } } : {});
      expect(answer.said).toMatch(/^404 \w+_NOT_FOUND$/);
    }
    expect((await asFan('GET', `/api/users/queue?concertId=${id}`)).said).toMatch(
      /^(404 NOT_QUEUED|400 INVALID_REQUEST)$/,
    );
    expect((await asFan('POST', '/api/users/queue', { body: { concertId: id } })).said).toMatch(
      /^(404 CONCERT_NOT_FOUND|400 INVALID_REQUEST)$/,
    );
  });

  test('makes an empty page when it is a cursor', async () => {
    for (const id of IDS) {
      for (const path of [
        '/api/bookings',
        '/api/tickets',
        '/api/payments',
        '/api/points/history',
        '/api/concerts',
      ]) {
        const answer = await send(stack.origin(), 'GET', `${path}?cursor=${id}`, { token: fan.token });
        if (answer.status !== 200) expectRefusal(answer);
      }
    }
  });

  test('that is broken as a URL is refused', async () => {
    for (const path of ['/api/concerts/%', '/api/concerts/%zz', '/api/jobs/%E0%A4%A'])
      expect((await asFan('GET', path)).said).toMatch(/^(400|404) /);
  });
});

describe('a path or method that nobody serves', () => {
  test.each([
    '/nothing',
    '/api',
    '/api/',
    '/api/concert',
    '/api/concerts/1/2/3/4',
    '/.env',
    '/package.json',
    '//etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/docs/..%2f..%2fpackage.json',
  ])('is refused: %s', async (path) => {
    expect((await asFan('GET', path)).status).toBeLessThanOrEqual(404);
  });

  test('of a path that has others is told which those are', async () => {
    const answers = [
      await asFan('PUT', '/api/points'),
      await asFan('DELETE', '/api/concerts/1'),
      await asFan('PATCH', '/api/users/queue'),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([405, 405, 405]);
    expect(answers[0]?.headers.get('allow')).toContain('GET');
    expect(answers[2]?.headers.get('allow')).toMatch(/DELETE.*GET.*POST|POST.*GET.*DELETE|GET.*POST.*DELETE/);
  });
});

describe('headers', () => {
  test.each(['', 'a b', 'x'.repeat(256), 'é'])(
    'an Idempotency-Key that cannot be is refused: %j',
    async (key) => {
      const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
      const charge = await asFan('POST', '/api/points/charge', { body: { amount: 5 }, headers });
      expect(charge.said).toBe('400 INVALID_REQUEST');
      expect((await fan.hold(house.scheduleId, [40], { headers })).said).toBe('400 INVALID_REQUEST');
    },
  );

  test.each([
    'wait',
    'wait=',
    'wait=-1',
    'wait=abc',
    'wait=1e9',
    'return=minimal',
    ',,,;;;',
    '='.repeat(500),
  ])('a Prefer that is not understood is passed over: %j', async (prefer) => {
    const seatId = `${house.scheduleId}-41`;
    const answer = await fan.send('POST', `/api/concerts/seats/${seatId}/book`, { headers: { prefer } });
    expect(answer.said).toMatch(/^(202|409 SEAT_TAKEN)$/);
    expect(answer.headers.get('preference-applied')).toBeNull();
  });

  test.each(['-1', 'abc', '1.5', '9'.repeat(20)])('?wait=%s is refused', async (wait) => {
    const path = `/api/jobs/019a0000-0000-7000-8000-000000000000?wait=${wait}`;
    expect((await asFan('GET', path)).said).toBe('400 INVALID_REQUEST');
  });

  test('an X-Request-Id is echoed when it is sane, and replaced when it is not', async () => {
    const echoed = async (id: string): Promise<string | null> =>
      (await send(stack.origin(), 'GET', '/healthz', { headers: { 'x-request-id': id } })).headers.get(
        'x-request-id',
      );
    expect(await echoed('trace-1:2.3_A')).toBe('trace-1:2.3_A');
    for (const id of ['', 'a b', '<script>', 'x'.repeat(129), '{"a":1}', 'a;b'])
      expect(await echoed(id)).toMatch(/^[0-9a-f-]{36}$/);
  });

  // Large enough that the server has answered while the client still sends: were the connection closed at once, its
  // kernel would reset it over the unread rest, and the answer be lost.
  test('that are too long are refused, and the answer arrives', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => plain({ 'x-filler': 'x'.repeat(3_000_000) })),
    );
    for (const { status, text } of answers) {
      expect(status).toBe(431);
      expect(Problem.parse(JSON.parse(text)).code).toBe('HEADERS_TOO_LARGE');
    }
  });

  test('of a long access or queue token are refused as what they are', async () => {
    const long = 'x'.repeat(9000);
    expect((await asFan('GET', '/api/points', { token: long })).said).toBe('401 TOKEN_INVALID');
    const path = `/api/concerts/schedules/${house.scheduleId}/seats`;
    expect((await asFan('GET', path, { queueToken: long })).said).toBe('403 QUEUE_TOKEN_INVALID');
  });

  async function plain(headers: Record<string, string>): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = plainRequest(`${stack.origin()}/api/concerts`, { headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject);
      sent.end();
    });
  }
});

describe('an answer', () => {
  test('is a problem document also for what the framework itself refuses', async () => {
    const answer = await asFan('GET', '/api/nothing');
    expect(Problem.parse(answer.json)).toMatchObject({ type: 'about:blank', status: 404, code: 'NOT_FOUND' });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

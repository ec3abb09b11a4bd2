import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Koa from 'koa';
import { createServer } from 'node:http';
import { entrance } from '../../src/api/middleware/entrance';
import { answerFaults } from '../../src/api/middleware/problems';
import type { RequestState } from '../../src/api/endpoint';
import { createLogger } from '../../src/lib/logger';
import { Problem } from '../support/contract';
import { send } from '../support/http';
import { freePort } from '../support/ports';
import { OPERATOR, Stack } from '../support/stack';
import { until } from '../support/until';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 0, env: { LOG_LEVEL: 'debug' } });
});
// An error in the log would fail this.
afterAll(async () => stack.stop());

interface Raw {
  status: number;
  headers: Headers;
  body: string;
}

/** Sends bytes as they are. @returns what came back until the server closed */
async function exchange(bytes: string, origin = stack.origin()): Promise<Raw> {
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('end', () => resolve(received));
    socket.on('error', reject);
  });
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1),
    ]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}

const request = (target: string, more = '', method = 'GET'): string =>
  `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${more}\r\n`;
const basic = Buffer.from(`${OPERATOR.email}:${OPERATOR.password}`).toString('base64');

describe('a path', () => {
  test.each([
    '/API/concerts',
    '/Api/concerts',
    '/api/Concerts',
    '/api/concerts/',
    '//api/concerts',
    '/api//concerts',
    '/./api/concerts',
    '/x/../api/concerts',
    '/%61pi/concerts',
    '/api;x/concerts',
    '/Healthz',
    '/healthz/',
    '//healthz',
    '/Metrics',
    '/Docs',
    '//docs',
    '/docs/package.json',
  ])('has one spelling: %s is not found', async (path) => {
    const { status, headers, body } = await exchange(request(path));
    expect([status, Problem.parse(JSON.parse(body)).code]).toEqual([404, 'NOT_FOUND']);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('of the dashboard, in any spelling that reaches it, asks for its sign-in', async () => {
    const paths = [
      '',
      '/',
      '/api/queues',
      '/API/queues',
      '/static/x.js',
      '//api/queues',
      '/../queues/api/queues',
    ];
    for (const path of paths) {
      const { status, headers } = await exchange(request(`/admin/queues${path}`));
      expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic/)]);
    }
    for (const path of [
      '/Admin/Queues',
      '/admin/Queues/api/queues',
      '//admin/queues',
      '/admin/%71ueues',
      '/admin/queuesx',
    ])
      expect((await exchange(request(path, `Authorization: Basic ${basic}\r\n`))).status).toBe(404);
  });
});

describe('every answer has an id and says how it may be shown:', () => {
  test.each([
    ['an endpoint', request('/api/concerts'), 200],
    ['no path', request('/nothing'), 404],
    ['no method', request('/api/concerts', '', 'PROPFIND'), 405],
    ['a method of old', request('/api/concerts', '', 'TRACE'), 405],
    ['options', request('/api/concerts', '', 'OPTIONS'), 200],
    ['all options', request('*', '', 'OPTIONS'), 404],
    ['health', request('/healthz'), 200],
    ['readiness', request('/readyz'), 200],
    ['figures', request('/metrics'), 200],
    ['the document', request('/openapi.json'), 200],
    ['the page', request('/'), 200],
    ['a file', request('/docs/swagger-ui.css'), 200],
    ['the dashboard, closed', request('/admin/queues'), 401],
    ['no Host', 'GET /api/concerts HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['an unknown expectation', request('/api/concerts', 'Expect: magic\r\n'), 200],
    ['a whole URL', request('http://elsewhere/api/concerts'), 200],
    ['a broken path', request('/%'), 404],
    ['a broken path of a file', request('/docs/%E0%A4%A'), 404],
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    ['another HTTP', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['large headers', request('/', `X-Filler: ${'x'.repeat(20_000)}\r\n`), 431],
    [
      'two lengths',
      request('/api/points', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', 'POST'),
      400,
    ],
  ])('%s', async (_what, bytes, expected) => {
    const { status, headers } = await exchange(bytes);
    expect(status).toBe(expected);
    expect(headers.get('x-request-id')).toMatch(/^ ?[0-9a-f-]{36}$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('content-security-policy')).toMatch(/default-src '(none|self)'/);
  });

  // The first is written in one go, the others by Koa.
  test.each([
    ['as it is', 'GET', ''],
    ['for who takes it compressed', 'GET', 'Accept-Encoding: gzip\r\n'],
    ['without its body', 'HEAD', ''],
  ])('an endpoint, %s', async (_how, method, more) => {
    const sent = `${more}X-Request-Id: mine\r\n`;
    const { status, headers, body } = await exchange(request('/api/concerts?limit=1', sent, method));
    const { body: whole } = await exchange(request('/api/concerts?limit=1'));
    expect([status, body]).toEqual([200, method === 'HEAD' ? '' : whole]);
    expect(Object.fromEntries(headers)).toEqual({
      'x-request-id': 'mine',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(whole)),
      connection: 'close',
      date: expect.any(String),
    });
  });

  test('an endpoint, whole also where a letter is more than a byte', async () => {
    const name = 'Žofie 🎤';
    const body = { email: `edges-${Date.now()}@example.com`, password: 'a long password', name };
    const answer = await send(stack.origin(), 'POST', '/api/auth/signup', { body });
    expect([answer.said, answer.json]).toEqual(['201', expect.objectContaining({ expiresIn: 3600 })]);
    expect(answer.json).toMatchObject({ user: { name } });
  });

  test('the dashboard, whose pages load what is of this service alone', async () => {
    const { status, headers } = await exchange(request('/admin/queues', `Authorization: Basic ${basic}\r\n`));
    expect(status).toBe(200);
    expect(headers.get('x-request-id')).not.toBeNull();
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self'; script-src 'self';/);
  });

  test('a request that cannot be read is in the log under its id', async () => {
    const { headers } = await exchange('nonsense\r\n\r\n');
    const id = headers.get('x-request-id') ?? 'none';
    const [web] = stack.webs;
    await until(
      'logged',
      async () => web?.log ?? '',
      (log) => log.includes(`"requestId":"${id}"`),
    );
  });
});

test('a client that goes away in the middle of its body is no error of ours', async () => {
  const body = request(
    '/api/auth/login',
    'Content-Type: application/json\r\nContent-Length: 100\r\n',
    'POST',
  );
  const before = (stack.webs[0]?.log ?? '').length;
  await new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(stack.origin()).port), '127.0.0.1', () =>
      socket.write(`${body}{"email"`, () => setTimeout(() => socket.destroy(), 50)),
    );
    socket.on('close', () => resolve());
  });
  const log = async (): Promise<string> => (stack.webs[0]?.log ?? '').slice(before);
  await until('the request ended', log, (lines) => lines.includes('/api/auth/login'));
  expect(stack.webs[0]?.errors).toEqual([]);
});

test('an answer whose body cannot be sent after all keeps its id and its headers, and is a problem document', async () => {
  const app = new Koa<RequestState>();
  answerFaults(app, createLogger('test', 'silent'));
  app.use(entrance);
  app.use(async (ctx) => {
    ctx.set('ETag', '"of what was to come"');
    ctx.set('Content-Disposition', 'attachment; filename="of what was to come.csv"');
    ctx.body = { no: 1n };
  });
  const port = await freePort();
  const server = createServer((incoming, response) => void app.callback()(incoming, response));
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  try {
    const answer = await send(`http://127.0.0.1:${port}`, 'GET', '/', {
      headers: { 'x-request-id': 'mine' },
    });
    expect(answer.said).toBe('500 INTERNAL');
    expect(answer.headers.get('x-request-id')).toBe('mine');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('etag')).toBeNull();
    expect(answer.headers.get('content-disposition')).toBeNull();
  } finally {
    server.close();
  }
});

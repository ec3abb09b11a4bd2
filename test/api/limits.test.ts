import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignedIn } from '../support/contract';
import { type Answer, send, type Sent } from '../support/http';
import { OPERATOR, Stack } from '../support/stack';

const LIMIT = 10;
const FACTOR = 3;

let stack: Stack;
beforeAll(async () => {
  const env = {
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    RATE_LIMIT_ADDRESS_FACTOR: String(FACTOR),
    TRUST_PROXY: '1',
  };
  stack = await Stack.start({ webs: 1, workers: 0, env });
});
afterAll(async () => stack.stop({ expectErrors: true })); // the last test takes Redis away

const anywhere = (): string => Array.from({ length: 4 }, () => randomInt(1, 255)).join('.');

/** So many requests one after the other, as a proxy would pass them on. @returns how many were answered before the first 429 */
async function passed(count: number, from: string, ask: (sent: Sent) => Promise<Answer>): Promise<number> {
  for (let done = 0; done < count; done += 1) {
    const answer = await ask({ headers: { 'x-forwarded-for': `${anywhere()}, ${from}` } });
    if (answer.status === 429) {
      expect(answer.said).toBe('429 RATE_LIMITED');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      return done;
    }
  }
  return count;
}

const get =
  (path: string) =>
  async (sent: Sent): Promise<Answer> =>
    send(stack.origin(), 'GET', path, sent);

describe('the limit', () => {
  test.each([
    '/api/concerts',
    '/API/concerts',
    '/api/Concerts',
    '/api/concerts/',
    '//api/concerts',
    '/%61pi/concerts',
    '/api;x/concerts',
    '/api',
    '/api/nothing',
    '/Api/auth/login',
    '/admin/queues',
    '/admin/queues/',
    '/admin/queues/API/queues',
    '/Admin/Queues',
    '//admin/queues',
    '/admin/%71ueues',
    '/nothing',
    '//healthz',
    '/HEALTHZ',
    '/healthz/',
    '/docs/nothing.js',
    '/Index.html',
  ])('guards every path, whether it is served or not: %s', async (path) => {
    expect(await passed(LIMIT + 2, anywhere(), get(path))).toBe(LIMIT);
  });

  test.each(['HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'PROPFIND'])(
    'guards every method: %s',
    async (method) => {
      const ask = async (sent: Sent): Promise<Answer> => send(stack.origin(), method, '/api/points', sent);
      const from = anywhere();
      expect(await passed(LIMIT, from, get('/api/points'))).toBe(LIMIT);
      expect((await ask({ headers: { 'x-forwarded-for': from } })).status).toBe(429);
    },
  );

  test('leaves alone what monitoring and a page’s visitors ask for', async () => {
    for (const path of [
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/',
      '/docs',
      '/docs/swagger-ui.css',
    ])
      expect(await passed(2 * LIMIT, '192.0.2.1', get(path))).toBe(2 * LIMIT);
  });
});

describe('an address', () => {
  test('counts for tokens that are none, and for passwords that are guessed at any door', async () => {
    const from = anywhere();
    const wrongToken = async (sent: Sent): Promise<Answer> => get('/api/points')({ ...sent, token: 'x.y.z' });
    expect(await passed(LIMIT, from, wrongToken)).toBe(LIMIT);
    expect(await passed(1, from, get('/api/concerts'))).toBe(0);

    const password = Buffer.from(`${OPERATOR.email}:wrong`).toString('base64');
    const board = async ({ headers }: Sent): Promise<Answer> =>
      get('/admin/queues')({ headers: { ...headers, authorization: `Basic ${password}` } });
    expect(await passed(LIMIT + 2, anywhere(), board)).toBe(LIMIT);
  });

  test('counts for guessed passwords also with some account’s token at hand', async () => {
    const [fan, another] = await stack.fans(2);
    const guessAs =
      (token = '') =>
      async (sent: Sent): Promise<Answer> =>
        send(stack.origin(), 'POST', '/api/auth/login', {
          ...sent,
          token,
          body: { email: OPERATOR.email, password: 'a wrong one' },
        });
    const from = anywhere();
    expect(await passed(LIMIT, from, guessAs(fan?.token))).toBe(LIMIT);
    expect(await passed(1, from, guessAs(another?.token))).toBe(0);
    const right = await send(stack.origin(), 'POST', '/api/auth/login', {
      headers: { 'x-forwarded-for': anywhere() },
      body: OPERATOR,
    });
    right.as(SignedIn, 200);
  });

  test('has a wider share for all its signed-in users together', async () => {
    const fans = await stack.fans(FACTOR + 2);
    const from = anywhere();
    const counts: number[] = [];
    for (const { token } of fans)
      counts.push(await passed(LIMIT, from, async (sent) => get('/api/points')({ ...sent, token })));
    expect(counts).toEqual([...Array<number>(FACTOR).fill(LIMIT), 0, 0]);
    // Elsewhere the last of them is as welcome as ever, and who is not signed in has the address' own share.
    const [, , , , last] = fans;
    expect(
      await passed(LIMIT, anywhere(), async (sent) =>
        get('/api/points')({ ...sent, token: last?.token ?? null }),
      ),
    ).toBe(LIMIT);
    expect(await passed(LIMIT + 1, from, get('/api/concerts'))).toBe(LIMIT);
  });

  test('does not lose that share to one user who goes on and on', async () => {
    const [greedy, ...others] = await stack.fans(FACTOR);
    const from = anywhere();
    const as =
      (token = '') =>
      async (sent: Sent): Promise<Answer> =>
        get('/api/points')({ ...sent, token });
    for (let tries = 0; tries < 3 * LIMIT; tries += 1) await passed(1, from, as(greedy?.token));
    let count = 0;
    for (const { token } of others) count += await passed(LIMIT, from, as(token));
    // The first refusal of the greedy one was not known beforehand, and was counted.
    expect(count).toBe((FACTOR - 1) * LIMIT - 1);
  });
});

test('a Redis that is away leaves the limits to each process', async () => {
  await stack.redis.kill();
  expect(await passed(LIMIT + 2, anywhere(), get('/api/nothing'))).toBe(LIMIT);
  await stack.redis.restart();
});

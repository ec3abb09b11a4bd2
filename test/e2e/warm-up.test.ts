import { createServer, type RequestListener } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { createAccessTokens } from '../../src/api/accounts/access-tokens';
import { warmUp } from '../../src/api/warm-up';
import { createQueueTokens } from '../../src/waiting-room';
import { send } from '../support/http';
import { SECRETS, Stack } from '../support/stack';

const parts = {
  accessTokens: createAccessTokens(SECRETS.JWT_SECRET, 60),
  queueTokens: createQueueTokens(SECRETS.QUEUE_TOKEN_SECRET),
};

/** How long it took, and what was asked. */
async function warmedUp(handle: RequestListener): Promise<{ ms: number; users: unknown[] }> {
  const users: unknown[] = [];
  const startedAt = performance.now();
  await warmUp((request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    users.push(jwt.decode(token, { json: true })?.sub);
    handle(request, response);
  }, parts);
  return { ms: performance.now() - startedAt, users };
}

describe('a process that warms up', () => {
  test('asks as many different fans would, and ends when it has', async () => {
    const { users } = await warmedUp((_request, response) => response.end('{}'));
    expect(users.length).toBeGreaterThanOrEqual(500);
    expect(new Set(users).size).toBe(users.length);
  });

  test('gives up at once when Postgres or Redis is away', async () => {
    const { users } = await warmedUp((_request, response) => response.writeHead(503).end('{}'));
    expect(users.length).toBeGreaterThan(0);
    expect(users.length).toBeLessThanOrEqual(50);
  });

  test('is done in time when nothing is answered, or connections break', async () => {
    expect((await warmedUp(() => undefined)).ms).toBeLessThan(2500);
    expect((await warmedUp((request) => request.socket.destroy())).ms).toBeLessThan(2500);
  });

  test('leaves nothing that listens', async () => {
    let port = 0;
    await warmUp((request, response) => {
      port = request.socket.localPort ?? 0;
      response.end('{}');
    }, parts);
    const again = createServer();
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject);
      again.listen(port, '127.0.0.1', resolve);
    });
    again.close();
  });
});

test('a web process has warmed up before it is ready, and left no trace in figures, Redis or Postgres', async () => {
  const stack = await Stack.start({ webs: 1, workers: 0, env: { RATE_LIMIT_PER_MINUTE: '60' } });
  try {
    const [stats, keys] = await stack.onRedis(async (redis) =>
      Promise.all([redis.info('commandstats'), redis.keys('*')]),
    );
    expect(Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])).toBeGreaterThan(0);
    expect(keys.filter((key) => /rate|room|seats|schedule/.test(key))).toEqual([]);
    const { text } = await send(stack.origin(), 'GET', '/metrics');
    const counted = [...text.matchAll(/^frontrow_http_request_seconds_count\{(.*)\}/gm)];
    expect(counted.map(([labels]) => labels).filter((labels) => labels.includes('/api/'))).toEqual([]);
    expect(await stack.query('SELECT id FROM commands')).toEqual([]);
  } finally {
    await stack.stop();
  }
});

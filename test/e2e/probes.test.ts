import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repeat } from '../../src/lib/repeat';
import { type Answer, send } from '../support/http';
import { freePort } from '../support/ports';
import { Stack } from '../support/stack';
import { until, untilIs } from '../support/until';

const TOKEN = 'the-token-of-whoever-reads-the-figures';
const READY = { status: 'ready', parts: { database: 'ok', redis: 'ok', migrations: 'ok' } };

let stack: Stack;
let worker: string;
beforeAll(async () => {
  const port = await freePort();
  worker = `http://127.0.0.1:${port}`;
  stack = await Stack.start({
    webs: 1,
    workers: 1,
    env: { WORKER_PORT: String(port), METRICS_TOKEN: TOKEN },
  });
});
afterAll(async () => stack.stop({ expectErrors: true })); // Redis is away for a while

const figures = async (origin: string, authorization?: string): Promise<Answer> =>
  send(origin, 'GET', '/metrics', { headers: authorization === undefined ? {} : { authorization } });

describe('figures behind a token', () => {
  test.each(['web', 'worker'])(
    'are shown by the %s to whoever sends it, and to nobody else',
    async (role) => {
      const origin = role === 'web' ? stack.origin() : worker;
      for (const right of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`]) {
        const { status, headers, text } = await figures(origin, right);
        expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
        expect(text).toContain(`process_cpu_seconds_total{role="${role}"}`);
      }
      const said: Record<string, string> = {};
      for (const wrong of [
        `Bearer ${TOKEN}x`,
        `Bearer ${TOKEN.slice(1)}`,
        'Bearer x',
        `Basic ${TOKEN}`,
        TOKEN,
        'Bearer',
      ])
        said[wrong.replace(TOKEN, '…')] = (await figures(origin, wrong)).said;
      expect(said).toEqual({
        'Bearer …x': '401 TOKEN_INVALID',
        [`Bearer ${TOKEN.slice(1)}`]: '401 TOKEN_INVALID',
        'Bearer x': '401 TOKEN_INVALID',
        'Basic …': '401 TOKEN_MISSING',
        '…': '401 TOKEN_MISSING',
        Bearer: '401 TOKEN_MISSING',
      });
      const closed = await figures(origin);
      expect([closed.said, closed.headers.get('www-authenticate')]).toEqual([
        '401 TOKEN_MISSING',
        expect.stringMatching(/^Bearer /),
      ]);
      expect(closed.text).not.toContain('process_cpu');
    },
  );

  test('are not on the public port of production when there is none', async () => {
    const production = await Stack.start({ webs: 1, workers: 0, env: { NODE_ENV: 'production' } });
    try {
      expect((await figures(production.origin())).said).toBe('404 NOT_FOUND');
      expect((await send(production.origin(), 'GET', '/readyz')).json).toEqual(READY);
    } finally {
      await production.stop();
    }
  });
});

describe('a web process', () => {
  test('opens no session for those who ask whether it is ready', async () => {
    const sessions = async (): Promise<number> =>
      (await stack.query('SELECT 1 FROM pg_stat_activity WHERE datname = current_database()')).length;
    const before = await sessions();
    let most = before;
    const faults: unknown[] = [];
    const look = async (): Promise<void> => {
      most = Math.max(most, await sessions());
    };
    const stopLooking = repeat(1, look, (fault) => faults.push(fault));
    const answers = await Promise.all(
      Array.from({ length: 300 }, async () => send(stack.origin(), 'GET', '/readyz')),
    );
    await stopLooking();
    expect(faults).toEqual([]);
    expect(new Set(answers.map((answer) => answer.said))).toEqual(new Set(['200']));
    expect(most - before).toBeLessThanOrEqual(4); // the pools of web and worker, and this test's own
  });
});

describe('a worker', () => {
  const asked = async (path: string): Promise<Answer> => send(worker, 'GET', path);

  test('says that it is alive and ready, and nothing else', async () => {
    expect((await asked('/healthz')).text).toBe('ok\n');
    const ready = await asked('/readyz');
    expect([ready.status, ready.json]).toEqual([200, READY]);
    for (const path of ['/', '/READYZ', '/readyz/', '/api/concerts'])
      expect((await asked(path)).said).toBe('404 NOT_FOUND');
  });

  test('names what is away, in time, and is ready again when it is back', async () => {
    stack.redis.pause();
    try {
      const named = async (): Promise<string> => (await asked('/readyz')).text;
      const text = await until('named', named, (body) => body.includes('UNAVAILABLE'), { withinMs: 3000 });
      expect(JSON.parse(text)).toMatchObject({
        status: 503,
        parts: { database: 'ok', redis: expect.not.stringMatching(/^ok$/) },
      });
      expect((await asked('/healthz')).status).toBe(200); // restarting it would help nobody
    } finally {
      stack.redis.resume();
    }
    const ready = async (): Promise<number> => (await asked('/readyz')).status;
    await untilIs('ready again', ready, 200);
  });
});

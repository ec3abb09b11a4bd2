import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JobAnswer } from '../support/contract';
import { type Fan, outcomeOf, tally } from '../support/fan';
import { type Answer, send } from '../support/http';
import { type Proxy, proxied, type Weather } from '../support/proxy';
import { expectUnavailable, notReady } from '../support/refusal';
import { type House, Stack } from '../support/stack';
import { until, untilIs } from '../support/until';

let stack: Stack;
let proxy: Proxy;
let house: House;
let fans: Fan[];
beforeAll(async () => {
  stack = await Stack.start({
    throughProxy: async (databaseUrl) => {
      const way = await proxied(databaseUrl);
      proxy = way.proxy;
      return way.url;
    },
  });
});
beforeEach(async () => {
  house = await stack.house({ seats: 40, queue: { admitIntervalMs: 100 } });
  fans = await stack.fans(5);
  await Promise.all(fans.map(async (fan) => fan.enter(house.concertId)));
});
afterAll(async () => {
  proxy.set('clear');
  await stack.stop({ expectErrors: true });
  await proxy.stop();
});

const first = (): Fan => {
  const [fan] = fans;
  if (fan === undefined) throw new Error('no fan');
  return fan;
};

const asked = async (fan: Fan): Promise<Answer[]> =>
  Promise.all([
    fan.send('GET', '/api/points'),
    fan.send('POST', '/api/points/charge', { body: { amount: 5 } }),
    fan.send('GET', '/api/bookings'),
    fan.send('GET', `/api/concerts/${house.concertId}/schedules/bookable`),
    fan.hold(house.scheduleId, [30], { headers: {} }),
    fan.send('POST', '/api/auth/login', { body: { email: 'a@fans.test', password: 'some password' } }),
  ]);

async function expectAway(): Promise<void> {
  expectUnavailable(await asked(first()));
  const ready = await notReady(stack.origin());
  expect(ready.problem).toMatchObject({ code: 'UNAVAILABLE', parts: { redis: 'ok' } });
  expect(ready.text).not.toContain('"database":"ok"');
  expect((await first().look(house.concertId)).status).toBe('ACTIVE');
}

async function expectBack(): Promise<void> {
  for (const origin of stack.origins) {
    const points = async (): Promise<string> =>
      (await send(origin, 'GET', '/api/points', { token: first().token })).said;
    await untilIs('served again', points, '200', { withinMs: 15_000 });
  }
  expect(await outcomeOf(first(), await first().hold(house.scheduleId, [31]))).toBe('completed');
}

describe('a Postgres that is away', () => {
  test.each<Weather>(['reset', 'black hole', 'lost answers'])(
    '(%s) gives 503 in time, and all is well by itself when it is back',
    async (weather) => {
      proxy.set(weather);
      try {
        await expectAway();
      } finally {
        proxy.set('clear');
      }
      await expectBack();
      expect(await stack.violations()).toEqual([]);
    },
    45_000,
  );

  test('leaves what was acknowledged before to end after', async () => {
    for (const worker of stack.workers) worker.signal('SIGSTOP');
    const answers = await Promise.all(
      fans.map(async (fan, i) => fan.hold(house.scheduleId, [1 + i], { headers: {} })),
    );
    const jobs = answers.map((answer) => answer.as(JobAnswer, 202).job.id);
    proxy.set('reset');
    for (const worker of stack.workers) worker.signal('SIGCONT');
    const polled = await first().send('GET', `/api/jobs/${jobs[0]}`);
    expect(polled.said).toBe('503 UNAVAILABLE');
    proxy.set('clear');
    const ends = await Promise.all(fans.map(async (fan, i) => fan.end(jobs[i] ?? '', 25_000)));
    expect(tally(ends.map((job) => job.status))).toEqual({ completed: 5 });
    expect(await stack.violations()).toEqual([]);
  }, 45_000);

  test('when only its answers are lost: the same key again gives the one outcome of the first try', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const charge = { headers, body: { amount: 250 } };
    proxy.set('lost answers');
    const lost = await Promise.all([
      first().hold(house.scheduleId, [10], { headers: { ...headers, 'idempotency-key': randomUUID() } }),
      first().send('POST', '/api/points/charge', charge),
    ]);
    expect(lost.map((answer) => answer.said)).toEqual(['503 UNAVAILABLE', '503 UNAVAILABLE']);
    proxy.set('clear');
    const again = await until(
      'charged',
      async () => first().send('POST', '/api/points/charge', charge),
      (answer) => answer.status === 200,
      { withinMs: 15_000 },
    );
    expect(again.json).toMatchObject({ balance: 100_250 });
    expect(await stack.violations()).toEqual([]);
  }, 45_000);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { QueueState, type State } from '../support/contract';
import type { Fan } from '../support/fan';
import { Stack } from '../support/stack';
import { stopwatch } from '../support/stopwatch';
import { until, untilIs } from '../support/until';

const QUEUE = { maxActive: 2, admitPerInterval: 100, admitIntervalMs: 100, abandonAfterSeconds: 20 };

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 2, redis: { appendOnly: true } });
});
afterAll(async () => stack.stop({ expectErrors: true }));
afterEach(async () => expect(await stack.violations()).toEqual([]));

/** Two inside, the others waiting in order. */
async function fill(waiting: number): Promise<{ concertId: string; inside: Fan[]; waiters: Fan[] }> {
  const concertId = await stack.room(QUEUE);
  const [inside, waiters] = [await stack.fans(2), await stack.fans(waiting)];
  for (const fan of inside) await fan.enter(concertId);
  for (const fan of waiters) await fan.join(concertId);
  return { concertId, inside, waiters };
}

/** Polls as told, as a good client does, until admitted. */
async function obey(fan: Fan, concertId: string, stop: AbortSignal): Promise<State | null> {
  while (!stop.aborted) {
    const answer = await fan.send('GET', `/api/users/queue?concertId=${concertId}`);
    let pauseMs = Number(answer.headers.get('retry-after') ?? 1) * 1000;
    if (answer.status === 200) {
      const state = answer.as(QueueState, 200);
      fan.queueToken = state.queueToken;
      if (state.status === 'ACTIVE') return state;
      pauseMs = state.pollAfterMs;
    }
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined);
  }
  return null;
}

test('a Redis that restarts with its data stops no admission', async () => {
  const { concertId, inside, waiters } = await fill(4);
  const over = new AbortController();
  const polling = waiters.map(async (fan) => obey(fan, concertId, over.signal));
  await stack.redis.kill();
  await stack.redis.restart();
  const sinceMs = stopwatch();
  await untilIs('left', async () => (await inside[0]?.leave(concertId))?.said, '204');
  expect((await polling[0])?.status).toBe('ACTIVE');
  expect(sinceMs()).toBeLessThan(6000);
  over.abort();
  await Promise.all(polling);
});

test('a Redis that lost everything admits again within ten seconds, overtakes nobody, keeps those inside', async () => {
  const { concertId, inside, waiters } = await fill(6);
  const active = await inside[1]?.look(concertId);
  const over = new AbortController();
  await stack.onRedis(async (redis) => redis.flushall());
  const sinceMs = stopwatch();
  // The last of all is back at once, the others as they were told.
  await waiters[5]?.look(concertId);
  const admitted: { index: number; ms: number }[] = [];
  const polling = waiters.map(async (fan, index) => {
    if ((await obey(fan, concertId, over.signal)) !== null) admitted.push({ index, ms: sinceMs() });
  });
  expect(await inside[1]?.look(concertId)).toMatchObject({ status: 'ACTIVE', expiresAt: active?.expiresAt });
  await until(
    'the first',
    async () => admitted.length,
    (count) => count > 0,
    { withinMs: 20_000 },
  );
  expect(admitted[0]?.index).toBe(0);
  expect(admitted[0]?.ms).toBeLessThan(14_000); // At most ten seconds, and then until it asks.
  over.abort();
  await Promise.all(polling);
  expect(admitted.length).toBe(1);
}, 60_000);

describe('a token of before a loss', () => {
  test('is no pass to the front: three rounds, each time left, never in front of others again', async () => {
    const { concertId, waiters } = await fill(4);
    const fan = await stack.fan();
    await fan.join(concertId);
    const first = fan.queueToken;
    for (let round = 0; round < 3; round += 1) {
      await stack.onRedis(async (redis) => redis.flushall());
      for (const waiter of waiters) await waiter.look(concertId);
      const back = await fan.send('GET', `/api/users/queue?concertId=${concertId}`, { queueToken: first });
      expect(back.said).toBe(round === 0 ? '200' : '404 NOT_QUEUED');
      await fan.leave(concertId);
      const again = await fan.send('GET', `/api/users/queue?concertId=${concertId}`, { queueToken: first });
      expect(again.said).toBe('404 NOT_QUEUED');
    }
  });
});

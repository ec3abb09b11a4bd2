import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { BELL_LIST } from '../../../src/jobs/queues/bell';
import type { ScheduleWorkers, ScheduleWorkersParts } from '../../../src/jobs/schedules/schedule-workers';
import { createMetrics, type Metrics } from '../../../src/lib/metrics';
import { stopwatch } from '../../support/stopwatch';
import { until, untilIs } from '../../support/until';
import { Shop } from '../shop';

let shop: Shop;
const opened: { workers: ScheduleWorkers; metrics: Metrics }[] = [];
beforeAll(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  for (const { workers } of opened.splice(0)) await workers.close();
  await shop.clear();
});
afterAll(async () => shop.close());

/** The schedule workers of one process, and what they have done. */
async function open(
  work: () => Promise<void> = async () => undefined,
  connections: Redis[] = [],
  more: { mostAwake?: number } = {},
) {
  const done: string[] = [];
  const process: ScheduleWorkersParts['process'] = async (scheduleId) => {
    await work();
    done.push(scheduleId);
    return {};
  };
  const metrics = createMetrics('test');
  opened.push({ workers: await shop.serve(process, connections, { metrics, ...more }), metrics });
  return done;
}

const add = async (scheduleId: string, delay = 0): Promise<void> =>
  shop.queues.add(scheduleId, 'release', {}, { delay });
const ended = async (count: number, ...done: string[][]): Promise<unknown> =>
  until(
    'jobs done',
    async () => done.flat().length,
    (total) => total === count,
  );
const figures = async (name: 'schedulesServed' | 'workersAlive'): Promise<number[]> =>
  Promise.all(opened.map(async ({ metrics }) => (await metrics[name].get()).values[0]?.value ?? 0));
const served = async (): Promise<number> => (await figures('schedulesServed')).reduce((sum, n) => sum + n, 0);
const alive = async (count: number): Promise<unknown> =>
  until(
    'every worker known',
    async () => figures('workersAlive'),
    (known) => known.every((value) => value === count),
  );
const quiet = async (): Promise<unknown> => until('closed', served, (count) => count === 0);

describe("a schedule's jobs", () => {
  test('are worked on one at a time over all processes', async () => {
    let [under, most] = [0, 0];
    const work = async (): Promise<void> => {
      under += 1;
      most = Math.max(most, under);
      await sleep(30);
      under -= 1;
    };
    const done = [await open(work), await open(work)];
    for (let job = 0; job < 20; job += 1) await add(shop.scheduleId);
    await ended(20, ...done);
    expect(most).toBe(1);
  });

  test('are taken at once by a ring, and within a round when the message is lost', async () => {
    const done = await open();
    await add(shop.scheduleId);
    await ended(1, done);
    const elapsedMs = stopwatch();
    await shop.queues.schedule(shop.scheduleId).add('release', {});
    await shop.redis.zadd(BELL_LIST, Date.now() * 1000, shop.scheduleId);
    await ended(2, done);
    expect(elapsedMs()).toBeLessThan(800);
  });

  test('leave nothing open when all is quiet, and the next one is taken all the same', async () => {
    const done = await open();
    await add(shop.scheduleId);
    await ended(1, done);
    await untilIs('open', served, 1);
    await quiet();
    expect(await shop.redis.zcard(BELL_LIST)).toBe(0);
    await add(shop.scheduleId);
    await ended(2, done);
  });

  test('that are due later are taken then, though nothing was open meanwhile', async () => {
    const done = await open();
    await add(shop.scheduleId);
    await add(shop.scheduleId, 7000);
    const elapsedMs = stopwatch();
    await ended(1, done);
    await quiet();
    expect(done).toHaveLength(1);
    await ended(2, done);
    expect(elapsedMs()).toBeGreaterThan(6900);
    expect(elapsedMs()).toBeLessThan(8000);
  });

  test('are not given to another while one takes longer than a lock lasts', async () => {
    const slow = async (): Promise<void> => sleep(4000);
    const done = [await open(slow), await open(slow)];
    await alive(2);
    await add(shop.scheduleId);
    await ended(1, ...done);
    await sleep(500);
    expect(done.flat()).toHaveLength(1);
  });

  test('come with the rules of their queue, also after Redis was emptied', async () => {
    const done = await open();
    const rules = async (): Promise<object> => shop.queues.schedule(shop.scheduleId).getMeta();
    for (let time = 1; time <= 2; time += 1) {
      await add(shop.scheduleId);
      await ended(time, done);
      await until('set', rules, (meta) => 'concurrency' in meta && 'maxLenEvents' in meta);
      expect(await rules()).toMatchObject({ concurrency: 1, maxLenEvents: 100 });
      await shop.redis.flushdb();
    }
  });
});

describe('many schedules', () => {
  const SCHEDULES = 40;
  let scheduleIds: string[];
  beforeAll(() => {
    // Nobody looks them up here.
    scheduleIds = Array.from({ length: SCHEDULES }, (_, i) => String(1000 + i));
  });
  const round = async (): Promise<void> => {
    await Promise.all(scheduleIds.map(async (id) => add(id)));
  };

  test('have one home each, spread over the processes', async () => {
    const done = [await open(), await open(), await open()];
    await alive(3);
    for (let times = 1; times <= 3; times += 1) {
      await round();
      await ended(times * SCHEDULES, ...done);
    }
    const homes = scheduleIds.map((id) => done.filter((each) => each.includes(id)).length);
    expect(homes).toEqual(scheduleIds.map(() => 1));
    for (const each of done) expect(new Set(each).size).toBeGreaterThan(SCHEDULES / 10);
  });

  test('have turns: a busy one does not keep the others from theirs', async () => {
    const [busy, other] = ['3001', '3002'];
    const done = await open(async () => sleep(25), [], { mostAwake: 1 });
    await alive(1);
    await Promise.all(Array.from({ length: 60 }, async () => add(busy)));
    await until(
      'busy',
      async () => done.length,
      (count) => count > 0,
    );
    await add(other);
    await ended(61, done);
    expect(done.indexOf(other)).toBeLessThan(50);
  });

  test('all have their turn when a thousand are rung at once', async () => {
    const ids = Array.from({ length: 1000 }, (_, i) => String(5000 + i));
    const done = await open(async () => sleep(20));
    await alive(1);
    await Promise.all(ids.map(async (id) => add(id)));
    await ended(ids.length, done);
    expect(new Set(done)).toEqual(new Set(ids));
  });

  test('go to the others within three seconds when a process dies, with the jobs that it had under way', async () => {
    const connections: Redis[] = [];
    let goOn = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (goOn = resolve));
    const late = await open(async () => stuck, connections);
    await alive(1);
    await round();
    await untilIs('under way', served, SCHEDULES);
    for (const connection of connections) connection.disconnect();
    const elapsedMs = stopwatch();
    const done = await open();
    await ended(SCHEDULES, done);
    expect(elapsedMs()).toBeLessThan(3000);
    expect(late).toEqual([]);
    // It was not dead after all.
    for (const connection of connections) await connection.connect();
    goOn();
    await ended(SCHEDULES, late);
    await round();
    await ended(3 * SCHEDULES, done, late);
  });

  test('are handed over at once by a process that stops', async () => {
    const first = await open();
    await alive(1);
    await round();
    await ended(SCHEDULES, first);
    const second = await open();
    await alive(2);
    const stopping = opened.shift()?.workers.close();
    await round();
    const elapsedMs = stopwatch();
    await ended(2 * SCHEDULES, first, second);
    expect(elapsedMs()).toBeLessThan(1500);
    await stopping;
  });
});

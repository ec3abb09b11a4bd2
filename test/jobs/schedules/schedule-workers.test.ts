import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createQueues, type Queues } from '../../../src/jobs/queues/queues';
import { createScheduleWorkers, type ScheduleWorkers } from '../../../src/jobs/schedules/schedule-workers';
import { until } from '../../support/until';
import { Shop } from '../shop';

let shop: Shop;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await shop.clear();
});
afterAll(async () => shop.close());

/** The schedule workers of one process. */
function open(work: () => Promise<void>, queues: Queues = createQueues(shop.connect())): ScheduleWorkers {
  const { metrics, logger } = shop;
  const connection = shop.connect({ maxRetriesPerRequest: null });
  const made = createScheduleWorkers({ connection, queues, metrics, logger, process: work });
  opened.push(made, queues);
  return made;
}

/** How many are connected. Redis lists those of its other logical databases, too. */
async function workersOf(scheduleId: string): Promise<number> {
  const workers = await shop.queues.schedule(scheduleId).getWorkers();
  return workers.filter(({ db }) => db === String(shop.redis.options.db)).length;
}

describe("a schedule's jobs", () => {
  test('are worked on one at a time over all processes', async () => {
    let [under, most, done] = [0, 0, 0];
    const work = async (): Promise<void> => {
      under += 1;
      most = Math.max(most, under);
      await sleep(30);
      under -= 1;
      done += 1;
    };
    const queue = shop.queues.schedule(shop.scheduleId);
    for (let job = 0; job < 20; job += 1) await queue.add('release', {});
    await Promise.all([open(work), open(work)].map(async (each) => each.serve([shop.scheduleId])));
    await until(
      'done',
      async () => done,
      (count) => count === 20,
    );
    expect(most).toBe(1);
  });

  test('have one worker in a process, though another schedule could not be opened at first', async () => {
    const queues = createQueues(shop.connect());
    const broken = await shop.addSchedule();
    let isBroken = true;
    const workers = open(async () => undefined, {
      ...queues,
      schedule: (scheduleId) => {
        const queue = queues.schedule(scheduleId);
        const set = queue.setGlobalConcurrency.bind(queue);
        return Object.assign(queue, {
          setGlobalConcurrency: async (concurrency: number) => {
            if (scheduleId === broken && isBroken) throw new Error('Redis is away');
            if (scheduleId !== broken) await sleep(100);
            return set(concurrency);
          },
        });
      },
    });
    await expect(workers.serve([broken, shop.scheduleId])).rejects.toThrow('Redis is away');
    isBroken = false;
    await workers.serve([broken, shop.scheduleId]);
    const counts = async (): Promise<number[]> =>
      Promise.all([broken, shop.scheduleId].map(async (id) => workersOf(id)));
    await until('open', counts, ([first = 0, second = 0]) => first > 0 && second > 0);
    await sleep(200);
    expect(await counts()).toEqual([1, 1]);
  });

  test('are left alone once the schedule is not in use any more', async () => {
    let done = 0;
    const workers = open(async () => void (done += 1));
    const queue = shop.queues.schedule(shop.scheduleId);
    await workers.serve([shop.scheduleId]);
    await queue.add('release', {});
    await until(
      'done',
      async () => done,
      (count) => count === 1,
    );
    await workers.serve([]);
    await queue.add('release', {});
    await sleep(300);
    expect([done, await queue.getWaitingCount()]).toEqual([1, 1]);
  });
});

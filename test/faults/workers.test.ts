import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { JobAnswer } from '../support/contract';
import { type Fan, tally } from '../support/fan';
import { sessionsAtLock } from '../support/locks';
import { Shoppers } from '../support/shoppers';
import { type House, Stack } from '../support/stack';
import { until, untilIs } from '../support/until';

const SEATS = 200;
const EVERYBODY = { maxActive: 500, admitPerInterval: 500, admitIntervalMs: 100 };

let stack: Stack;
let house: House;
let crowd: Shoppers;

/** Holds that are recorded and not waited for. With a key none is refused at the door, whatever the crowd has taken. */
async function recorded(fans: readonly Fan[]): Promise<string[]> {
  const answers = await Promise.all(
    fans.map(async (fan, i) =>
      fan.hold(house.scheduleId, [2 * i + 1, 2 * i + 2], { headers: { 'idempotency-key': randomUUID() } }),
    ),
  );
  return answers.map((answer) => answer.as(JobAnswer, 202).job.id);
}

async function admitted(count: number): Promise<Fan[]> {
  const fans = await stack.fans(count);
  await Promise.all(fans.map(async (fan) => fan.enter(house.concertId)));
  return fans;
}

const statusesOf = async (fans: readonly Fan[], jobs: readonly string[]): Promise<string[]> => {
  const ends = await Promise.all(fans.map(async (fan, i) => fan.end(jobs[i] ?? '', 20_000)));
  return ends.map((job) => job.status);
};

describe('while fans hold, pay and cancel', () => {
  beforeAll(async () => {
    stack = await Stack.start({ webs: 2, workers: 2 });
    house = await stack.house({ seats: SEATS, seatLimit: 1000, queue: EVERYBODY });
    crowd = new Shoppers(await stack.fans(20, 1_000_000), house, SEATS);
    await crowd.acknowledge(40);
  });
  afterAll(async () => {
    await crowd.stop();
    await stack.stop({ expectErrors: true });
  });
  afterEach(() => {
    crowd.troubles.length = 0;
  });

  test('a killed worker holds its queue up for seconds at most, and nobody sees an error', async () => {
    await stack.workers.shift()?.kill();
    await crowd.acknowledge(100, 15_000);
    expect(crowd.troubles).toEqual([]);
    await stack.addWorker();
  });

  test('SIGTERM ends a web and a worker process in good order within 10 s', async () => {
    const [web, worker] = [stack.webs.pop(), stack.workers.pop()];
    stack.origins.pop(); // A load balancer is told first.
    const ended = await Promise.all([web?.stop(), worker?.stop()]);
    for (const end of ended) {
      expect(end?.code).toBe(0);
      expect(end?.ms).toBeLessThan(10_000);
    }
    await crowd.acknowledge(50);
    expect(crowd.troubles).toEqual([]);
    await Promise.all([stack.addWeb(), stack.addWorker()]);
  });

  test('a killed web process leaves commands that still end, for whoever asks another', async () => {
    const fans = await admitted(10);
    const jobs = await recorded(fans);
    await stack.webs.shift()?.kill();
    stack.origins.shift();
    expect(await statusesOf(fans, jobs)).not.toContain('failed');
    await crowd.acknowledge(50);
  });

  test('everything acknowledged in all of this has ended, and the invariants hold', async () => {
    await crowd.stop();
    const ends = await crowd.ends();
    expect(tally(ends.map((job) => job.status))).toEqual({
      completed: expect.any(Number),
      rejected: expect.any(Number),
    });
    expect(await stack.violations()).toEqual([]);
  });
});

describe('without any worker', () => {
  beforeAll(async () => {
    stack = await Stack.start({ webs: 1, workers: 1 });
    house = await stack.house({ seats: SEATS, queue: EVERYBODY });
  });
  afterAll(async () => stack.stop({ expectErrors: true }));

  test('commands are acknowledged, and end when a worker is back', async () => {
    const fans = await admitted(20);
    await stack.workers.shift()?.kill();
    const jobs = await recorded(fans);
    expect((await fans[0]?.job(jobs[0] ?? ''))?.status).toBe('queued');
    await stack.addWorker();
    expect(tally(await statusesOf(fans, jobs))).toEqual({ completed: 20 });
    expect(await stack.violations()).toEqual([]);
  });

  test('one that was paused past its lock wakes up beside its successor and does nothing twice', async () => {
    house = await stack.house({ seats: SEATS, queue: EVERYBODY });
    const fans = await admitted(5);
    const paused = stack.workers[0];
    const blocker = await stack.pool.connect();
    let jobs: string[];
    try {
      // The worker stands in the middle of its transaction, waiting for this lock, when it is paused.
      await blocker.query('BEGIN');
      await blocker.query('SELECT id FROM schedules WHERE id = $1 FOR UPDATE', [house.scheduleId]);
      jobs = await recorded(fans);
      await until('the worker waits', workersAtLock, (count) => count > 0);
      paused?.signal('SIGSTOP');
      await forgetJobLocks();
      await blocker.query('ROLLBACK');
    } finally {
      blocker.release();
    }
    await stack.addWorker();
    expect(tally(await statusesOf(fans, jobs))).toEqual({ completed: 5 });
    paused?.signal('SIGCONT');
    await untilIs('the paused one goes on', workersAtLock, 0);
    for (const [i, fan] of fans.entries()) expect((await fan.paid(jobs[i] ?? '')).tickets).toHaveLength(2);
    const bookings = await stack.query('SELECT id FROM bookings WHERE schedule_id = $1', [house.scheduleId]);
    expect(bookings).toHaveLength(5);
    expect(await stack.violations()).toEqual([]);
  });

  const workersAtLock = async (): Promise<number> =>
    sessionsAtLock(stack.pool, { application: 'frontrow worker' });

  /** As if the time of a job's lock had run out. */
  async function forgetJobLocks(): Promise<void> {
    await stack.onRedis(async (redis) => {
      const locks = await redis.keys(`*schedule-${house.scheduleId}:*:lock`);
      expect(locks).not.toHaveLength(0);
      await redis.del(...locks);
    });
  }
});

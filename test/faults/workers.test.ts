import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { JobAnswer } from '../support/contract';
import { tally } from '../support/fan';
import { Shoppers } from '../support/shoppers';
import { type House, Stack } from '../support/stack';
import { until } from '../support/until';

const SEATS = 200;
const EVERYBODY = { maxActive: 500, admitPerInterval: 500, admitIntervalMs: 100 };

let stack: Stack;
let house: House;

async function start(options: { webs: number; workers: number }): Promise<void> {
  stack = await Stack.start(options);
  house = await stack.house({ seats: SEATS, seatLimit: 1000, queue: EVERYBODY });
}

const shoppers = async (count: number): Promise<Shoppers> =>
  new Shoppers(await stack.fans(count, 1_000_000), house, SEATS);

describe('under load', () => {
  beforeEach(async () => start({ webs: 2, workers: 2 }));
  afterEach(async () => stack.stop({ expectErrors: true }));

  test('a worker that is killed takes no acknowledged command along', async () => {
    const crowd = await shoppers(30);
    await crowd.acknowledge(100);
    await stack.workers[0]?.kill();
    await crowd.acknowledge(200);
    await crowd.stop();
    const ends = await crowd.ends();
    expect(tally(ends.map((job) => job.status))).not.toHaveProperty('failed');
    expect(crowd.troubles).toEqual([]);
    expect(await stack.violations()).toEqual([]);
  });

  test('both workers killed and started anew: everything acknowledged meanwhile ends', async () => {
    const crowd = await shoppers(30);
    await crowd.acknowledge(50);
    await Promise.all(stack.workers.map(async (worker) => worker.kill()));
    await crowd.acknowledge(25);
    await stack.addWorker();
    await crowd.acknowledge(100);
    await crowd.stop();
    expect(tally((await crowd.ends()).map((job) => job.status))).not.toHaveProperty('failed');
    expect(await stack.violations()).toEqual([]);
  });

  test('a web process that is killed after its 202 leaves commands that still end', async () => {
    const crowd = await shoppers(30);
    await crowd.acknowledge(100);
    const gone = stack.webs[0];
    await gone?.kill();
    stack.origins.shift(); // A load balancer sees that it is gone.
    await crowd.acknowledge(100);
    await crowd.stop();
    expect(tally((await crowd.ends()).map((job) => job.status))).not.toHaveProperty('failed');
    expect(await stack.violations()).toEqual([]);
  });

  test('SIGTERM ends every process in good order within 10 s, and loses nothing acknowledged', async () => {
    const crowd = await shoppers(30);
    await crowd.acknowledge(100);
    const [web, worker] = [stack.webs[1], stack.workers[1]];
    stack.origins.pop();
    const ended = await Promise.all([web?.stop(), worker?.stop()]);
    for (const end of ended) {
      expect(end?.code).toBe(0);
      expect(end?.ms).toBeLessThan(10_000);
    }
    await crowd.acknowledge(50);
    await crowd.stop();
    expect(tally((await crowd.ends()).map((job) => job.status))).not.toHaveProperty('failed');
    expect(await stack.violations()).toEqual([]);
  });
});

describe('a worker that is paused past its lock', () => {
  beforeEach(async () => start({ webs: 1, workers: 1 }));
  afterEach(async () => stack.stop({ expectErrors: true }));

  test('and wakes up beside its successor does nothing twice', async () => {
    const fans = await stack.fans(5);
    await Promise.all(fans.map(async (fan) => fan.enter(house.concertId)));
    const paused = stack.workers[0];
    const blocker = await stack.pool.connect();
    try {
      // The worker stands in the middle of its transaction, waiting for this lock, when it is paused.
      await blocker.query('BEGIN');
      await blocker.query('SELECT id FROM schedules WHERE id = $1 FOR UPDATE', [house.scheduleId]);
      const answers = await Promise.all(
        fans.map(async (fan, i) => fan.hold(house.scheduleId, [1 + i], { headers: {} })),
      );
      const jobs = answers.map((answer) => answer.as(JobAnswer, 202).job.id);
      await until('the worker waits', workersAtLock, (count) => count > 0);
      paused?.signal('SIGSTOP');
      await forgetJobLocks();
      await blocker.query('ROLLBACK');
      await stack.addWorker();
      const ends = await Promise.all(fans.map(async (fan, i) => fan.end(jobs[i] ?? '', 20_000)));
      expect(tally(ends.map((job) => job.status))).toEqual({ completed: 5 });
      paused?.signal('SIGCONT');
      await paused?.says('"level":"error"'); // It finds its transaction and its lock gone.
    } finally {
      blocker.release();
    }
    const bookings = await stack.query('SELECT id FROM bookings');
    expect(bookings).toHaveLength(5);
    for (const fan of fans) {
      const paid = await fan.paid((await myBooking(fan.id)).id);
      expect(paid.tickets).toHaveLength(1);
    }
    expect(await stack.violations()).toEqual([]);
  });

  const workersAtLock = async (): Promise<number> =>
    (
      await stack.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
            AND application_name = 'frontrow worker' AND wait_event_type = 'Lock'`,
      )
    ).length;

  async function myBooking(userId: string): Promise<{ id: string }> {
    const [booking] = await stack.query<{ id: string }>('SELECT id FROM bookings WHERE user_id = $1', [
      userId,
    ]);
    if (booking === undefined) throw new Error('no booking');
    return booking;
  }

  /** As if the time of a job's lock had run out. */
  async function forgetJobLocks(): Promise<void> {
    const redis = new Redis(stack.redis.url);
    try {
      const locks = await redis.keys(`*schedule-${house.scheduleId}:*:lock`);
      expect(locks).toHaveLength(1);
      await redis.del(...locks);
    } finally {
      redis.disconnect();
    }
  }
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Job } from 'bullmq';
import { afterCommit } from '../../src/jobs/schedules/after-commit';
import { Batcher } from '../../src/jobs/gate/batcher';
import type { ScheduleJobs } from '../../src/jobs/queues/names';
import { runGroup } from '../../src/jobs/schedules/run-group';
import { type Jobs, startJobs } from '../../src/jobs/start';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { createScheduleStore } from '../../src/models/schedule-store';
import { createRetentionStore } from '../../src/models/retention-store';
import { createUpkeepStore } from '../../src/models/upkeep-store';
import { DAY_MS } from '../support/times';
import { until, untilIs } from '../support/until';
import { Shop } from './shop';

let shop: Shop;
let jobs: Jobs;
beforeAll(async () => {
  shop = await Shop.open();
  jobs = await startJobs({
    ...shop.workerParts(),
    redis: shop.redis,
    connection: shop.connectWorker(),
    subscriptions: createSubscriptions(shop.connect()),
    bell: shop.bell,
    schedules: createScheduleStore(shop.database),
    upkeep: createUpkeepStore(shop.database),
    retention: createRetentionStore(shop.database),
    commandRetentionMs: DAY_MS,
  });
});
afterEach(async () => {
  await shop.database.query('TRUNCATE commands, seat_claims, bookings, payments, tickets CASCADE');
});
afterAll(async () => {
  await jobs.close();
  await shop.close();
});

const clocks = async (): Promise<number[]> =>
  Promise.all(
    (['admission', 'due', 'upkeep', 'retention'] as const).map(async (name) =>
      shop.queues.clock(name).getJobSchedulersCount(),
    ),
  );
const asItShouldBe = async (): Promise<boolean> => (await clocks()).every((count) => count === 1);
const isTrue = (answer: boolean): boolean => answer;

const started = async (): Promise<unknown> => until('started', asItShouldBe, isTrue);

describe('a worker process, after Redis was emptied', () => {
  test('has the clocks again within seconds', async () => {
    await started();
    await shop.redis.flushdb();
    await until('as it should be', asItShouldBe, isTrue, { withinMs: 4000 });
  });

  test('releases holds whose release job was lost, within two seconds of their end', async () => {
    await started();
    const parts = { ...shop.workerParts(), holdTtlMs: 2500 };
    const [result] = await runGroup(parts, {
      scheduleId: shop.scheduleId,
      commands: [shop.holdCommand(1)],
    });
    if (result === undefined) throw new Error('no result');
    await afterCommit(parts, result, new Set());
    await shop.redis.flushdb();
    const held = async (): Promise<number> => {
      const [rows] = await shop.database.query(`SELECT FROM bookings WHERE status = 'PENDING'`);
      return rows.length;
    };
    await untilIs('released', held, 0);
    expect(Date.now() - (result.changes.newBookings[0]?.expiresAt ?? 0)).toBeLessThan(2000);
  });
});

describe('retention', () => {
  test('runs by itself, also after Redis was emptied', async () => {
    await started();
    await shop.database.query(
      `INSERT INTO revoked_tokens (token_id, expires_at) VALUES (gen_random_uuid(), now() - interval '1 day')`,
    );
    await shop.redis.flushdb();
    const revoked = async (): Promise<number> =>
      (await shop.database.query('SELECT FROM revoked_tokens'))[0].length;
    await untilIs('forgotten', revoked, 0, { withinMs: 5000 });
  });
});

describe('a command that was recorded and never queued', () => {
  test('ends by itself, and others of its schedule that are on their way are left to their own job', async () => {
    await started();
    const queue = shop.queues.schedule(shop.scheduleId);
    const batcher = new Batcher({ ...shop.gateParts(), processId: 'p1' });
    const [lost, going] = [shop.hold(1), shop.hold(2)];
    await shop.store.record([lost]);
    await shop.database.query(`UPDATE commands SET created_at = created_at - interval '1 minute'`);
    await queue.pause();
    const recovery = await until(
      'to be recovered',
      async () => Job.fromId<ScheduleJobs['recover']>(queue, 'recover'),
      (job) => job !== undefined,
    );
    await batcher.put(going, true);
    await until(
      'queued',
      async () => shop.batches(),
      (batches) => batches.length > 0,
    );
    batcher.close();
    const recovered = async (): Promise<number | undefined> =>
      (await shop.metrics.repairs.get()).values.find(({ labels }) => labels['repair'] === 'command')?.value;
    const before = (await recovered()) ?? 0;
    // As if all had stood in a long queue for ten seconds.
    await recovery?.updateData({ beforeMs: Date.now() - 13_000 });
    await shop.database.query(
      `UPDATE commands SET created_at = now() - interval '10 seconds' WHERE id = $1`,
      {
        bind: [going.command.id],
      },
    );
    await queue.resume();
    await until(
      'ended',
      async () => shop.rows(),
      (rows) => rows.every(({ status }) => status === 'completed'),
    );
    expect(await recovered()).toBe(before + 1);
  });
});

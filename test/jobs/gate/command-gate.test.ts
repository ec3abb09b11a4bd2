import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandGate, createCommandGate } from '../../../src/jobs/gate/command-gate';
import type { Job } from '../../../src/jobs/outcomes/outcomes';
import { runGroup } from '../../../src/jobs/schedules/run-group';
import { processScheduleJob } from '../../../src/jobs/schedules/schedule-jobs';
import type { ScheduleWorkers } from '../../../src/jobs/schedules/schedule-workers';
import type { NewCommand } from '../../../src/models/command-store';
import { createSubscriptions } from '../../../src/lib/subscriptions';
import { tally } from '../../support/fan';
import { stopwatch } from '../../support/stopwatch';
import { until } from '../../support/until';
import { SEATS, Shop } from '../shop';

let shop: Shop;
let gate: CommandGate;
let other: CommandGate;
let workers: ScheduleWorkers;
beforeAll(async () => {
  shop = await Shop.open();
  const open = async (): Promise<CommandGate> =>
    createCommandGate({ ...shop.gateParts(), subscriptions: createSubscriptions(shop.connect()) });
  [gate, other] = [await open(), await open()];
  const parts = shop.workerParts();
  workers = await shop.serve(async (scheduleId, job) => processScheduleJob(parts, scheduleId, job));
});
beforeEach(async () => {
  await shop.database.query('TRUNCATE commands, seat_claims, bookings, payments, tickets CASCADE');
  await shop.queues.schedule(shop.scheduleId).drain();
});
afterAll(async () => {
  await Promise.all([gate.close(), other.close(), workers.close()]);
  await shop.close();
});

const hold = (seatNumber: number, key: string | null = null, requestHash = 'the request'): NewCommand =>
  shop.hold(seatNumber, { idempotency: key === null ? null : { key, requestHash } });

// Postgres keeps the members in an order of its own.
const outcomeOf = (job: Job | null): unknown =>
  job !== null && 'outcome' in job ? JSON.parse(job.outcome) : null;

describe('the gate', () => {
  test('under load carries hundreds of commands in few jobs, and tells everybody the outcome', async () => {
    const before = (await shop.batches()).length;
    const submissions = await Promise.all(
      Array.from({ length: SEATS }, async (_, i) => gate.submit(hold(i + 1), 10_000)),
    );
    expect(tally(submissions.map(({ job }) => job.status))).toEqual({ completed: SEATS });
    const sizes = await shop.metrics.groupSize.get();
    expect(sizes.values.find((value) => value.metricName?.endsWith('_count'))?.value).toBeLessThan(
      SEATS / 10,
    );
    expect(before).toBe(0);
  });

  test('answers at once for who does not wait, and finds the outcome later, in any process', async () => {
    const { job, replayed } = await gate.submit(hold(1), 0);
    expect([job.status, replayed]).toEqual(['queued', false]);
    expect(await other.find(job.id, shop.user(1), 5000)).toMatchObject({ id: job.id, status: 'completed' });
    expect(await gate.find(job.id, shop.user(2), 0)).toBeNull();
  });

  test('tells an outcome that it has heard of without asking anybody, and nobody but its owner', async () => {
    const { job } = await gate.submit(hold(1), 0);
    await other.find(job.id, shop.user(1), 10_000);
    await shop.redis.del(...(await shop.redis.keys('frontrow:{jobs:*')), 'none');
    await shop.database.query('TRUNCATE commands');
    await until(
      'heard of',
      async () => gate.find(job.id, shop.user(1), 0),
      (found) => found?.status === 'completed',
    );
    expect(await gate.find(job.id, shop.user(2), 0)).toBeNull();
    expect(await other.find(job.id, shop.user(1), 0)).toBeNull();
  });

  test('finds in Redis what was promised to pollers, in any process, and keeps nothing there of what was told', async () => {
    const { job: told } = await gate.submit(hold(2), 10_000);
    const { job } = await gate.submit(hold(1), 0);
    const noted = async (): Promise<string[]> => shop.redis.keys('frontrow:{jobs:*');
    const keys = await until('noted', noted, (found) => found.some((key) => key.endsWith(job.id)));
    expect(keys.filter((key) => key.endsWith(told.id))).toEqual([]);
    await shop.database.query('TRUNCATE commands');
    expect(await other.find(job.id, shop.user(1), 0)).toMatchObject({ status: 'completed' });
  });

  test('has one outcome for one key, asked of two processes at once', async () => {
    const both = await Promise.all(
      [gate, other, gate, other].map(async (each) => each.submit(hold(1, 'k'), 5000)),
    );
    expect(new Set(both.map(({ job }) => job.id)).size).toBe(1);
    expect(both.map(({ job }) => job.status)).toEqual(['completed', 'completed', 'completed', 'completed']);
    expect(both.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test('tells a request what was decided by a worker that died before it could tell', async () => {
    const queue = shop.queues.schedule(shop.scheduleId);
    await queue.pause();
    const submitted = gate.submit(hold(1), 10_000);
    const queued = await until(
      'queued',
      async () => queue.getJobs('waiting'),
      (jobs) => jobs.length > 0,
    );
    const commands = queued.flatMap(({ data }) => ('batchId' in data ? (data.commands ?? []) : []));
    await runGroup(shop.workerParts(), { scheduleId: shop.scheduleId, commands });
    await queue.resume();
    await shop.bell.ring(shop.scheduleId);
    const elapsedMs = stopwatch();
    expect((await submitted).job).toMatchObject({ status: 'completed' });
    expect(elapsedMs()).toBeLessThan(1000);
  });

  test('tells everybody who waits for a job, also when one of them has gone', async () => {
    const queue = shop.queues.schedule(shop.scheduleId);
    await queue.pause();
    const { job } = await gate.submit(hold(1), 0);
    const patient = gate.find(job.id, shop.user(1), 10_000);
    const hasty = gate.find(job.id, shop.user(1), 100);
    expect(await hasty).toMatchObject({ status: 'queued' });
    // By now the patient one asks by itself only every two seconds, the next time more than a second from here.
    await sleep(3500);
    await queue.resume();
    await shop.bell.ring(shop.scheduleId);
    const elapsedMs = stopwatch();
    expect(await patient).toMatchObject({ status: 'completed' });
    expect(elapsedMs()).toBeLessThan(1000);
  });

  test('refuses a key that was used for something else', async () => {
    await gate.submit(hold(1, 'k'), 5000);
    await expect(other.submit(hold(1, 'k', 'another request'), 0)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 422,
    });
    expect(await shop.rows()).toHaveLength(1);
  });

  test('promises what it answers when the wait runs out: the command is recorded then, and ends', async () => {
    await shop.queues.schedule(shop.scheduleId).pause();
    const { job } = await gate.submit(hold(1), 50);
    expect(job.status).toBe('queued');
    expect(await shop.rows()).toMatchObject([{ id: job.id, status: 'queued' }]);
    await shop.queues.schedule(shop.scheduleId).resume();
    expect(await gate.find(job.id, shop.user(1), 5000)).toMatchObject({ status: 'completed' });
    expect(await shop.rows()).toMatchObject([{ id: job.id, status: 'completed' }]);
  });

  test('lets everybody who waits go when its process stops, with their commands recorded', async () => {
    await shop.queues.schedule(shop.scheduleId).pause();
    const subscriptions = createSubscriptions(shop.connect());
    const stopping = await createCommandGate({ ...shop.gateParts(), subscriptions });
    const waiting = Promise.all([1, 2, 3].map(async (number) => stopping.submit(hold(number), 10_000)));
    await until(
      'queued',
      async () => shop.queues.schedule(shop.scheduleId).count(),
      (count) => count > 0,
    );
    stopping.endWaits();
    const submissions = await waiting;
    await stopping.close();
    expect(submissions.map(({ job }) => job.status)).toEqual(['queued', 'queued', 'queued']);
    expect(await shop.rows()).toHaveLength(3);
    await shop.queues.schedule(shop.scheduleId).resume();
    await until(
      'ended',
      async () => shop.rows(),
      (rows) => rows.every((row) => row.status === 'completed'),
    );
  });

  test('lets nobody wait for a command that has ended long ago', async () => {
    const { job } = await gate.submit(hold(1), 5000);
    await shop.redis.del(...(await shop.redis.keys('frontrow:{jobs:*')), 'none');
    const elapsedMs = stopwatch();
    const found = await gate.find(job.id, shop.user(1), 10_000);
    expect(found?.status).toBe('completed');
    expect(outcomeOf(found)).toEqual(outcomeOf(job));
    expect(elapsedMs()).toBeLessThan(1500);
  });
});

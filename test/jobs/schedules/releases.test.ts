import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { afterCommit } from '../../../src/jobs/schedules/after-commit';
import { type CommandGate, createCommandGate } from '../../../src/jobs/gate/command-gate';
import { RELEASE_LIMIT, runGroup } from '../../../src/jobs/schedules/run-group';
import { processScheduleJob } from '../../../src/jobs/schedules/schedule-jobs';
import type { ScheduleWorkers } from '../../../src/jobs/schedules/schedule-workers';
import { createSubscriptions } from '../../../src/lib/subscriptions';
import { tally } from '../../support/fan';
import { stopwatch } from '../../support/stopwatch';
import { untilIs } from '../../support/until';
import { Shop } from '../shop';

const MANY = 5 * RELEASE_LIMIT;

let shop: Shop;
let parts: ReturnType<Shop['workerParts']>;
let workers: ScheduleWorkers;
let gate: CommandGate;
beforeAll(async () => {
  shop = await Shop.open({ seats: MANY, seatLimit: MANY });
  parts = shop.workerParts();
  gate = await createCommandGate({ ...shop.gateParts(), subscriptions: createSubscriptions(shop.connect()) });
});
afterEach(async () => {
  await workers.close();
  await shop.clear();
});
afterAll(async () => {
  await gate.close();
  await shop.close();
});

/** Nothing but the schedule's own queue: no clock, no upkeep. */
async function openWorkers(): Promise<void> {
  workers = await shop.serve(async (scheduleId, job) => processScheduleJob(parts, scheduleId, job));
}

/** Holds that have ended, or will before that moment, and are not released. */
async function unreleased(endsMs: number): Promise<number> {
  const [rows] = await shop.database.query(
    `SELECT FROM bookings WHERE status = 'PENDING' AND expires_at <= to_timestamp($1 / 1000.0) LIMIT 1`,
    { bind: [endsMs] },
  );
  return rows.length;
}
/** @returns how long after that moment, in milliseconds */
async function allReleased(endsMs: number): Promise<number> {
  await untilIs('all released', async () => unreleased(endsMs), 0, { everyMs: 20 });
  return Date.now() - endsMs;
}

/** Holds so many seats, each by itself, and has all of them end at that moment. */
async function holdMany(count: number, endsInMs: number): Promise<number> {
  for (let first = 1; first <= count; first += 1000) {
    const commands = Array.from({ length: 1000 }, (_, i) => shop.holdCommand(first + i));
    const [result] = await runGroup(parts, { scheduleId: shop.scheduleId, commands });
    expect(tally(result?.ended.map(({ status }) => status) ?? [])).toEqual({ completed: 1000 });
  }
  const endsMs = Date.now() + endsInMs;
  await shop.database.query('UPDATE bookings SET expires_at = to_timestamp($1 / 1000.0)', { bind: [endsMs] });
  return endsMs;
}

describe('holds that end', () => {
  test('are released by the job that was left for them, with nothing else about', async () => {
    await openWorkers();
    const short = { ...parts, holdTtlMs: 700 };
    const [result] = await runGroup(short, {
      scheduleId: shop.scheduleId,
      commands: [shop.holdCommand(1), shop.holdCommand(2)],
    });
    if (result === undefined) throw new Error('no result');
    const endsMs = result.changes.newBookings[0]?.expiresAt ?? 0;
    await afterCommit(short, result, new Set());
    await shop.database.query(
      `UPDATE bookings SET expires_at = expires_at + interval '1 hour' WHERE '{2}' = seat_numbers`,
    );
    expect(await allReleased(endsMs)).toBeLessThan(2000);
    expect(await parts.seatMap.read(shop.scheduleId)).toMatchObject({ states: `AH${'A'.repeat(MANY - 2)}` });
    expect(await parts.seatMap.taken(shop.scheduleId, [1, 2])).toEqual([2]);
  });

  test('while no worker is there, are refused to nobody, and won by the next command', async () => {
    const first = shop.holdCommand(1, shop.user(1));
    const [result] = await runGroup(
      { ...parts, holdTtlMs: 2000 },
      { scheduleId: shop.scheduleId, commands: [first] },
    );
    if (result === undefined) throw new Error('no result');
    await parts.seatMap.read(shop.scheduleId);
    await afterCommit(parts, result, new Set());
    const taken = async (): Promise<number[]> => parts.seatMap.taken(shop.scheduleId, [1]);
    expect(await taken()).toEqual([1]);
    await sleep((result.changes.newBookings[0]?.expiresAt ?? 0) - Date.now());
    expect(await taken()).toEqual([]);
    await shop.redis.flushdb();
    expect(await taken()).toEqual([]);
    const next = gate.submit(shop.hold(1, { userId: shop.user(2) }), 10_000);
    await openWorkers();
    expect((await next).job.status).toBe('completed');
  });

  test('together, thousands of them, are all free within two seconds', async () => {
    await openWorkers();
    const endsMs = await holdMany(MANY / 2, 1500);
    await parts.releases.schedule(shop.scheduleId, [endsMs]);
    const took = await allReleased(endsMs);
    expect(took).toBeLessThan(2000);
    expect((await parts.seatMap.read(shop.scheduleId))?.states).toBe('A'.repeat(MANY));
  });

  test('together, thousands of them, keep nobody from buying meanwhile', async () => {
    await openWorkers();
    const endsMs = await holdMany(MANY, -1);
    await parts.releases.schedule(shop.scheduleId, [endsMs]);
    const elapsedMs = stopwatch();
    const { job } = await gate.submit(shop.hold(1), 10_000);
    expect([job.status, await unreleased(endsMs)]).toEqual(['completed', 1]);
    expect(elapsedMs()).toBeLessThan(800);
    await allReleased(endsMs);
  });
});

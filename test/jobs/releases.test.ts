import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../src/booking/types';
import { type CommandGate, createCommandGate } from '../../src/jobs/command-gate';
import { runGroup } from '../../src/jobs/run-group';
import { processScheduleJob } from '../../src/jobs/schedule-jobs';
import { createScheduleWorkers, type ScheduleWorkers } from '../../src/jobs/schedule-workers';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { tally } from '../support/fan';
import { stopwatch } from '../support/stopwatch';
import { until } from '../support/until';
import { Shop } from './shop';

const MANY = 10_000;

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
  workers = createScheduleWorkers({
    ...parts,
    connection: shop.connect({ maxRetriesPerRequest: null }),
    process: async (scheduleId, job) => processScheduleJob(parts, scheduleId, job),
  });
  await workers.serve([shop.scheduleId]);
}

const held = async (): Promise<number> => {
  const [rows] = await shop.database.query(`SELECT FROM bookings WHERE status = 'PENDING'`);
  return rows.length;
};
const nobodyHolds = async (withinMs: number): Promise<number> =>
  until('all released', held, (count) => count === 0, { withinMs, everyMs: 10 });

/** Holds every seat, each by itself, and has all of them end at that moment. */
async function holdAll(endsInMs: number): Promise<number> {
  for (let first = 1; first <= MANY; first += 1000) {
    const commands = Array.from({ length: 1000 }, (_, i): Command => {
      const seatNumber = first + i;
      return { id: uuidv7(), userId: shop.user(seatNumber), kind: 'hold', seatNumbers: [seatNumber] };
    });
    const [result] = await runGroup(parts, { scheduleId: shop.scheduleId, commands });
    expect(tally(result?.finished.map(({ status }) => status) ?? [])).toEqual({ completed: 1000 });
  }
  const endsMs = Date.now() + endsInMs;
  await shop.database.query('UPDATE bookings SET expires_at = to_timestamp($1 / 1000.0)', { bind: [endsMs] });
  return endsMs;
}

describe('holds that end', () => {
  test('together, ten thousand of them, are all free within two seconds', async () => {
    await openWorkers();
    const endsMs = await holdAll(1500);
    await parts.releases.schedule(shop.scheduleId, [endsMs]);
    await nobodyHolds(10_000);
    console.log(Date.now() - endsMs);
    expect(Date.now() - endsMs).toBeLessThan(2000);
  });

  test('together, ten thousand of them, are all free within two seconds, and selling goes on meanwhile', async () => {
    await openWorkers();
    const endsMs = await holdAll(1500);
    await parts.releases.schedule(shop.scheduleId, [endsMs]);
    await until(
      'the end',
      async () => Date.now(),
      (now) => now >= endsMs,
      { everyMs: 1 },
    );
    const waits: number[] = [];
    let done = false;
    const sell = async (): Promise<void> => {
      for (let seatNumber = 1; !done; seatNumber += 1) {
        const elapsedMs = stopwatch();
        const { id: _id, ...request } = shop.hold(seatNumber);
        const { job } = await gate.submit(request, 10_000);
        waits.push(elapsedMs());
        expect(job.status).toBe('completed');
      }
    };
    const selling = sell();
    await until(
      'all ended',
      async () => {
        const [rows] = await shop.database.query(
          `SELECT FROM bookings WHERE status = 'PENDING' AND expires_at <= now()`,
        );
        return rows.length;
      },
      (count) => count === 0,
      { everyMs: 10 },
    );
    const tookMs = Date.now() - endsMs;
    done = true;
    await selling;
    expect(tookMs).toBeLessThan(2000);
    expect(waits.length).toBeGreaterThan(3);
    expect(Math.max(...waits)).toBeLessThan(800);
    console.log(tookMs, waits);
  });
});

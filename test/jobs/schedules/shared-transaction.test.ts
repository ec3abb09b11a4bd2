import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { SharedTransactions } from '../../../src/jobs/schedules/shared-transaction';
import { type GroupParts, runGroup, runTogether } from '../../../src/jobs/schedules/run-group';
import { createDatabase } from '../../../src/lib/database';
import { audit } from '../../../src/models/audit';
import { createSeatCatalog } from '../../../src/models/seat-catalog';
import { createPointStore } from '../../../src/models/point-store';
import { Shop } from '../shop';

const SCHEDULES = 8;

let shop: Shop;
let parts: GroupParts;
let transactions: SharedTransactions;
let schedules: string[];
beforeAll(async () => {
  shop = await Shop.open();
  parts = shop.workerParts();
  transactions = new SharedTransactions({ ...parts, metrics: shop.metrics });
  schedules = [shop.scheduleId];
  while (schedules.length < SCHEDULES) schedules.push(await shop.addSchedule());
});
afterEach(async () => {
  expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]);
  await shop.clear();
});
afterAll(async () => shop.close());

/** One after another, each with two seats of its own. */
async function inRounds(rounds: number, play: (seat: number) => Promise<number>): Promise<number[]> {
  const played: number[] = [];
  while (played.length < rounds) played.push(await play(2 * played.length + 1));
  return played;
}

async function transactionCount(seatNumber?: number): Promise<number> {
  const [rows] = await shop.database.query(
    'SELECT DISTINCT xmin::text FROM bookings WHERE $1::int IS NULL OR $1 = ANY(seat_numbers)',
    { bind: [seatNumber ?? null] },
  );
  return rows.length;
}

describe('groups of several schedules that wait at the same moment', () => {
  test('share a commit, and each gets the result of its own schedule', async () => {
    const results = await Promise.all(
      schedules.map(async (scheduleId) =>
        transactions.decide({ scheduleId, commands: [shop.holdCommand(1), shop.holdCommand(2)] }),
      ),
    );
    expect(results.flat().map(({ schedule }) => schedule.id)).toEqual(schedules);
    expect(results.flat().map(({ ended }) => ended.map(({ status }) => status))).toEqual(
      schedules.map(() => ['completed', 'completed']),
    );
    // Two begin at once, each with what had come by then; all others wait for the first of them and go together.
    expect(await transactionCount()).toBe(3);
  });

  test('get the halls that they need, though each that is read pushes out another', async () => {
    const [first, second, third] = [
      await shop.addSchedule(),
      await shop.addSchedule(),
      await shop.addSchedule(),
    ];
    await shop.database.query('UPDATE schedules SET waitlist_version = 1 WHERE id = ANY($1::bigint[])', {
      bind: [[first, second]],
    });
    const catalog = createSeatCatalog(shop.database, { cachedRuns: 3 });
    await catalog.hall(first);
    let looks = 0;
    const find: typeof catalog.find = async (id) => {
      looks += 1;
      // The second try begins: somebody else has read a hall meanwhile.
      if (looks === 3) await catalog.hall(third);
      return catalog.find(id);
    };
    const groups = [first, second].map((scheduleId) => ({ scheduleId, commands: [shop.holdCommand(1)] }));
    const decided = await runTogether({ ...parts, catalog: { ...catalog, find } }, groups);
    expect(decided.map(({ ended }) => ended.map(({ status }) => status))).toEqual([
      ['completed'],
      ['completed'],
    ]);
    expect(looks).toBe(6);
  });

  test('wait for more of them, while they are few', async () => {
    // A machine that stands still in between makes them miss each other; not twenty times in a row.
    const shared = await inRounds(20, async (seat) => {
      await Promise.all(
        schedules.map(async (scheduleId) =>
          transactions.decide({ scheduleId, commands: [shop.holdCommand(seat)] }),
        ),
      );
      const late = schedules.slice(0, 4).map(async (scheduleId, index) => {
        await sleep(2 * index);
        await transactions.decide({ scheduleId, commands: [shop.holdCommand(seat + 1)] });
      });
      await Promise.all(late);
      return transactionCount(seat + 1);
    });
    expect(Math.min(...shared)).toBe(1);
  });

  test('are not waited for by a schedule that is busy alone', async () => {
    const took = await inRounds(10, async (seat) => {
      const startedAt = performance.now();
      await transactions.decide({ scheduleId: shop.scheduleId, commands: [shop.holdCommand(seat)] });
      return performance.now() - startedAt;
    });
    expect(Math.min(...took.slice(1))).toBeLessThan(40);
  });

  test('do not go down with one that the database will not take', async () => {
    const nobody = uuidv7(); // No such user: the booking cannot be written.
    await Promise.all(
      schedules.map(async (scheduleId, index) =>
        transactions.decide({
          scheduleId,
          commands: [shop.holdCommand(1, index === 5 ? nobody : shop.user(1)), shop.holdCommand(2)],
        }),
      ),
    );
    const ended = await shop.statuses();
    expect(ended.filter((status) => status === 'completed')).toHaveLength(2 * SCHEDULES - 1);
    expect(ended.filter((status) => status === 'COMMAND_FAILED')).toHaveLength(1);
  });

  test('are all told when Postgres is away, and nothing has changed', async () => {
    const gone = createDatabase({ url: 'postgres://127.0.0.1:1/nowhere', pool: 2, name: 'nowhere' });
    const away = new SharedTransactions({ ...parts, database: gone, metrics: shop.metrics });
    const ends = await Promise.allSettled(
      schedules.map(async (scheduleId) => away.decide({ scheduleId, commands: [shop.holdCommand(1)] })),
    );
    expect(ends.map(({ status }) => status)).toEqual(schedules.map(() => 'rejected'));
    await gone.close();
    expect(await shop.statuses()).toEqual([]);
  });

  test('of one schedule, as when a job was taken for stalled, each see what the one before left', async () => {
    const groups = [1, 2, 3, 4].map((user) => ({
      scheduleId: shop.scheduleId,
      commands: [shop.holdCommand(1, shop.user(user)), shop.holdCommand(1 + user, shop.user(user))],
    }));
    await Promise.all(groups.map(async (group) => transactions.decide(group)));
    const ended = await shop.statuses();
    expect(ended.filter((status) => status === 'SEAT_TAKEN')).toHaveLength(3);
    expect(ended.filter((status) => status === 'completed')).toHaveLength(5);
  });
});

describe('one transaction over several schedules', () => {
  /** Holds seat 1 of the first dates for one fan. @returns groups that pay for them */
  async function toPay(userId: string, dates: number) {
    return Promise.all(
      schedules.slice(0, dates).map(async (scheduleId) => {
        const command = shop.holdCommand(1, userId);
        await runGroup(parts, { scheduleId, commands: [command] });
        return { scheduleId, commands: [shop.payCommand(command)] };
      }),
    );
  }

  test('takes what each date costs from what the one before left, and no more than there is', async () => {
    const userId = shop.user(3);
    const points = createPointStore(shop.database);
    await points.charge(userId, 250, { key: uuidv7(), requestHash: '' });
    const results = await runTogether(parts, await toPay(userId, 4));
    expect(results.flatMap(({ ended }) => ended.map(({ status }) => status))).toEqual([
      'completed',
      'completed',
      'rejected',
      'rejected',
    ]);
    expect(await points.balance(userId)).toBe(50);
  });

  test('leaves alone a booking of another date, named by mistake', async () => {
    const [mine] = await toPay(shop.user(4), 1);
    const [other = ''] = schedules.slice(-1);
    const results = await runTogether(parts, [
      { scheduleId: other, commands: mine?.commands ?? [] },
      { scheduleId: shop.scheduleId, commands: [] },
    ]);
    expect(results[0]?.ended).toMatchObject([{ status: 'rejected', outcome: { code: 'BOOKING_NOT_FOUND' } }]);
  });

  test('does not wait for another one that has them in another order', async () => {
    const database = createDatabase({ url: shop.testDatabase.url, pool: 2, name: 'another process' });
    try {
      for (let round = 1; round <= 10; round += 1) {
        const groups = (seat: number) =>
          schedules.map((scheduleId) => ({ scheduleId, commands: [shop.holdCommand(seat)] }));
        await Promise.all([
          runTogether(parts, groups(2 * round)),
          runTogether({ ...parts, database }, groups(2 * round + 1).toReversed()),
        ]);
      }
    } finally {
      await database.close();
    }
    expect(new Set(await shop.statuses())).toEqual(new Set(['completed']));
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type DateSalesParts, createDateSales } from '../../src/desk/date-sales';
import { createDeskStore } from '../../src/models/desk-store';
import { createScheduleStore } from '../../src/models/schedule-store';
import { createSeatCatalog } from '../../src/models/seat-catalog';
import { createSeatMap } from '../../src/seat-map/seat-map';
import { afterCommit } from '../../src/jobs/schedules/after-commit';
import { runGroup } from '../../src/jobs/schedules/run-group';
import type { Command } from '../../src/booking/types';
import { uuidv7 } from 'uuidv7';
import { Shop } from '../jobs/shop';

const CONCERT = '1';
let shop: Shop;
let second: string;
let asked: { maps: number; money: number };
beforeAll(async () => {
  shop = await Shop.open({ seats: 8 });
  const section = { rows: 1, price: 100 };
  second = await shop.addSchedule({
    sections: [
      { ...section, name: 'A', seatsPerRow: 3 },
      { ...section, name: 'B', seatsPerRow: 5 },
    ],
  });
  await shop.database.query(`UPDATE points SET balance = 0`);
  for (const user of shop.users) {
    await shop.database.query(
      `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type) VALUES ($1, 1, 10000, 0, 10000, 'CHARGE')`,
      { bind: [user] },
    );
    await shop.database.query('UPDATE points SET balance = 10000, last_entry = 1 WHERE user_id = $1', {
      bind: [user],
    });
  }
});
beforeEach(async () => shop.clear());
afterAll(async () => shop.close());

function counted() {
  const [store, catalog] = [createDeskStore(shop.database), createSeatCatalog(shop.database)];
  const seatMap = createSeatMap(shop.redis, createScheduleStore(shop.database));
  asked = { maps: 0, money: 0 };
  const parts: DateSalesParts = {
    catalog,
    store: {
      allDates: store.allDates,
      money: async (ids) => {
        asked.money += 1;
        return store.money(ids);
      },
    },
    seatMap: {
      version: seatMap.version,
      readEnds: async (id) => {
        asked.maps += 1;
        return seatMap.readEnds(id);
      },
    },
  };
  return createDateSales(parts);
}

/** As a worker does it, with what follows from the commit. */
async function decide(commands: Command[], { holdTtlMs = 300_000, scheduleId = second } = {}): Promise<void> {
  const parts = { ...shop.workerParts(), holdTtlMs };
  for (const group of await runGroup(parts, { scheduleId, commands }))
    await afterCommit(parts, group, new Set());
}

/** The same by a plain count. */
async function plainly(scheduleId: string) {
  const [rows] = await shop.database.query(
    `SELECT s.section AS name, count(*)::int AS total, (count(*) FILTER (WHERE b.status = 'PAID'))::int AS sold,
            (count(*) FILTER (WHERE b.status = 'PENDING' AND b.expires_at > clock_timestamp()))::int AS held,
            (count(*) FILTER (WHERE c.seat_number IS NULL OR (b.status = 'PENDING' AND b.expires_at <= clock_timestamp())))::int AS available,
            (count(*) FILTER (WHERE c.seat_number IS NOT NULL AND c.booking_id IS NULL))::int AS blocked
       FROM seats s LEFT JOIN seat_claims c ON c.schedule_id = s.schedule_id AND c.seat_number = s.number
       LEFT JOIN bookings b ON b.id = c.booking_id WHERE s.schedule_id = ${scheduleId} GROUP BY 1 ORDER BY 1`,
  );
  return rows;
}
const sectionsOf = async (of: ReturnType<typeof createDateSales>) =>
  (await of(CONCERT))?.find(({ id }) => id === second)?.sections;

describe('what is sold of a concert', () => {
  test('is what a plain count in Postgres says, after every kind of change', async () => {
    const sales = counted();
    expect(await sectionsOf(sales)).toEqual(await plainly(second));
    const [first, other] = [shop.holdCommand(1, shop.user(0)), shop.holdCommand(4, shop.user(1))];
    await decide([first, other, shop.holdCommand(5, shop.user(2))]);
    expect(await sectionsOf(sales)).toEqual(await plainly(second));
    await decide([shop.payCommand(first), shop.payCommand(other)]);
    expect(await sectionsOf(sales)).toEqual(await plainly(second));
    expect(await sales(CONCERT)).toMatchObject([
      { id: shop.scheduleId, total: 8, available: 8, sold: 0, revenue: 0 },
      { id: second, total: 8, available: 5, held: 1, sold: 2, revenue: 200, refunded: 0 },
    ]);
    await decide([{ id: uuidv7(), userId: other.userId, kind: 'cancel', bookingId: other.id }]);
    expect((await sales(CONCERT))?.[1]).toMatchObject({
      available: 6,
      held: 1,
      sold: 1,
      revenue: 100,
      refunded: 100,
    });
    await shop.redis.flushdb();
    expect(await sectionsOf(counted())).toEqual(await plainly(second));
  });

  test('a hold that has ended is free before anybody has released it', async () => {
    await createSeatMap(shop.redis, createScheduleStore(shop.database)).read(second);
    const sales = counted();
    await decide([shop.holdCommand(1)], { holdTtlMs: -3000 });
    expect(await sectionsOf(sales)).toEqual(await plainly(second));
    expect((await sales(CONCERT))?.[1]).toMatchObject({ available: 8, held: 0 });
    // The very same version, with a hold that goes on: nothing but time decides.
    await decide([shop.holdCommand(2)], { holdTtlMs: 300_000 });
    expect((await sales(CONCERT))?.[1]).toMatchObject({ held: 1 });
  });

  test('an unchanged date is not read again; a changed one is, with its money', async () => {
    const sales = counted();
    await sales(CONCERT);
    expect(asked).toEqual({ maps: 2, money: 2 });
    await Promise.all([sales(CONCERT), sales(CONCERT)]);
    expect(asked).toEqual({ maps: 2, money: 2 });
    await decide([shop.holdCommand(3)]);
    await sales(CONCERT);
    expect(asked).toEqual({ maps: 3, money: 3 });
  });

  test('seats out of sale count as such; of no such concert nothing is told', async () => {
    const sales = counted();
    await sales(CONCERT);
    const [first] = shop.users;
    await decide([
      { id: uuidv7(), userId: first ?? '', kind: 'block', seatNumbers: [7, 8], requestId: null },
      shop.holdCommand(1),
    ]);
    expect((await sales(CONCERT))?.[1]).toMatchObject({ total: 8, available: 5, blocked: 2, held: 1 });
    expect(await sectionsOf(sales)).toEqual(await plainly(second));
    expect(await sales('999')).toBeNull();
  });
});

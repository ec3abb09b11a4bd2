import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { tickRooms } from '../../../src/jobs/clock/admission';
import { RoomStocks } from '../../../src/jobs/clock/room-stocks';
import { createStockStore, type StockStore } from '../../../src/models/stock-store';
import { createSeatMap, type SeatMap } from '../../../src/seat-map/seat-map';
import { createScheduleStore } from '../../../src/models/schedule-store';
import { createRoomRecords } from '../../../src/models/room-records';
import type { SeatState } from '../../../src/booking/types';
import { uuidv7 } from 'uuidv7';
import { until } from '../../support/until';
import { Shop } from '../shop';

const CONCERT = '1';
const SEATS = 4;

let shop: Shop;
let seatMap: SeatMap;
let stocks: RoomStocks;
/** How often each was asked, and for how many. */
let asked: Record<keyof StockStore | 'counts', number[]>;
beforeAll(async () => {
  shop = await Shop.open({ seats: SEATS });
});
afterAll(async () => shop.close());
beforeEach(async () => {
  await shop.clear();
  await sql(`DELETE FROM seats WHERE schedule_id <> ${shop.scheduleId}`);
  await sql(`DELETE FROM schedules WHERE id <> ${shop.scheduleId}`);
  await sql(`UPDATE schedules SET booking_start_at = now() - interval '1 day', booking_end_at = now() + interval '1 day',
    start_at = now() + interval '2 days', end_at = now() + interval '3 days'`);
  stocks = counted();
});

const sql = async (text: string) => shop.database.query(text);

/** What another worker process would remember: nothing yet. */
function counted(): RoomStocks {
  const store = createStockStore(shop.database);
  seatMap = createSeatMap(shop.redis, createScheduleStore(shop.database));
  asked = { datesOnSale: [], countSeats: [], counts: [] };
  return new RoomStocks({
    store: {
      datesOnSale: async (ids) => {
        asked.datesOnSale.push(ids.length);
        return store.datesOnSale(ids);
      },
      countSeats: async (ids) => {
        asked.countSeats.push(ids.length);
        return store.countSeats(ids);
      },
    },
    seatMap: {
      counts: async (id) => {
        asked.counts.push(1);
        return seatMap.counts(id);
      },
    },
    logger: shop.logger,
  });
}

const forget = (): void => {
  asked = { datesOnSale: [], countSeats: [], counts: [] };
};
const NOTHING = { datesOnSale: [], countSeats: [], counts: [] };

async function stock(of = stocks) {
  return (await of.of(await createRoomRecords(shop.database).rules([CONCERT]))).get(CONCERT);
}

/** A committed change of one seat, as any build makes it. `isNoted`: and whoever made it did not die right then. */
async function change(
  seatNumber: number,
  to: SeatState,
  { isNoted = true, scheduleId = shop.scheduleId } = {},
) {
  const [id, userId] = [uuidv7(), shop.user(seatNumber)];
  await sql(`DELETE FROM seat_claims WHERE schedule_id = ${scheduleId} AND seat_number = ${seatNumber}`);
  if (to !== 'AVAILABLE') {
    const status = to === 'SOLD' ? 'PAID' : 'PENDING';
    await sql(`INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at,
                                     expires_at, paid_at)
       VALUES ('${id}', '${userId}', ${CONCERT}, ${scheduleId}, '{${seatNumber}}', 100, '${status}', now(),
               now() + interval '5 minutes', ${to === 'SOLD' ? 'now()' : 'NULL'})`);
    await sql(
      `INSERT INTO seat_claims (schedule_id, seat_number, booking_id) VALUES (${scheduleId}, ${seatNumber}, '${id}')`,
    );
  }
  await sql(`UPDATE schedules SET seat_version = seat_version + 1 WHERE id = ${scheduleId}`);
  const version = (await createScheduleStore(shop.database).seatVersions([scheduleId])).get(scheduleId) ?? 0;
  if (isNoted) await seatMap.change(scheduleId, version, new Map([[seatNumber, to]]), Date.now() + 300_000);
}

const sellAll = async (options = {}): Promise<void> => {
  for (let seat = 1; seat <= SEATS; seat += 1) await change(seat, 'SOLD', options);
};

describe('the stock of a room', () => {
  test('is that of the noted map, and costs nothing while nothing changes', async () => {
    await seatMap.read(shop.scheduleId);
    await change(1, 'HELD');
    await change(2, 'SOLD');
    expect(await stock()).toEqual({ dates: 1, available: 2, held: 1, isWhole: true });
    expect(asked).toEqual({ datesOnSale: [1], countSeats: [], counts: [1] });
    forget();
    for (let tick = 0; tick < 5; tick += 1) await stock();
    expect(asked).toEqual(NOTHING);
    await change(1, 'AVAILABLE');
    expect(await stock()).toEqual({ dates: 1, available: 3, held: 0, isWhole: true });
    expect(asked).toEqual({ datesOnSale: [1], countSeats: [], counts: [1] });
  });

  test('is the same by Postgres where no map is noted, asked once', async () => {
    await change(1, 'HELD', { isNoted: false });
    await change(2, 'SOLD', { isNoted: false });
    expect(await stock()).toEqual({ dates: 1, available: 2, held: 1, isWhole: true });
    forget();
    await stock();
    expect(asked).toEqual(NOTHING);
  });

  test('comes back after Redis was emptied, also where seats change on, at most once a second', async () => {
    await seatMap.read(shop.scheduleId);
    await sellAll();
    expect(await stock()).toMatchObject({ available: 0, held: 0 });
    await shop.redis.flushdb();
    expect(await stock(counted())).toEqual({ dates: 1, available: 0, held: 0, isWhole: true });
    await change(1, 'AVAILABLE', { isNoted: false });
    await stock();
    forget();
    const isBack = async () => (await stock())?.available;
    await until('back', isBack, (available) => available === 1, { withinMs: 3000, everyMs: 20 });
    expect(asked.countSeats.length).toBeLessThanOrEqual(3);
  });

  test('is not what it was before where Redis was emptied and seats have changed since the last look', async () => {
    await seatMap.read(shop.scheduleId);
    await sellAll();
    await change(SEATS, 'HELD');
    expect(await stock()).toMatchObject({ available: 0, held: 1 });
    await change(SEATS, 'SOLD');
    await shop.redis.flushdb();
    expect(await stock()).toEqual({ dates: 1, available: 0, held: 0, isWhole: true });
  });

  test('is found where the worker that changed it died before it noted that', async () => {
    await seatMap.read(shop.scheduleId);
    await change(1, 'SOLD');
    expect(await stock()).toMatchObject({ available: 3 });
    await change(2, 'SOLD', { isNoted: false });
    expect(await stock()).toMatchObject({ available: 3 });
    expect(asked.countSeats).toEqual([]);
    const isRight = async () => (await stock())?.available;
    await until('right', isRight, (available) => available === 2, { withinMs: 3000, everyMs: 100 });
  });

  test('is that of all open dates together, as they open and close', async () => {
    await sellAll({ isNoted: false });
    const other = await shop.addSchedule();
    expect(await stock()).toMatchObject({ dates: 2, available: 600, held: 0 });
    await change(7, 'HELD', { isNoted: false, scheduleId: other });
    await until(
      'the hold',
      async () => (await stock())?.held,
      (held) => held === 1,
      { withinMs: 3000 },
    );
    await sql(`UPDATE schedules SET booking_end_at = now() WHERE id = ${other}`);
    expect(await stock()).toEqual({ dates: 1, available: 0, held: 0, isWhole: true });
    await sql(`UPDATE schedules SET booking_end_at = now() + interval '1 day', booking_start_at = now() + interval '1 hour'
      WHERE id = ${other}`);
    expect(await stock()).toMatchObject({ dates: 1, available: 0 });
    await sql(`UPDATE schedules SET booking_start_at = now() - interval '1 hour' WHERE id = ${other}`);
    expect(await stock()).toMatchObject({ dates: 2, available: 599, held: 1 });
    await sql(`UPDATE schedules SET start_at = now()`);
    expect(await stock()).toEqual({ dates: 0, available: 0, held: 0, isWhole: true });
  });

  test('of a database that was put back is counted anew', async () => {
    await sellAll({ isNoted: false });
    expect(await stock()).toMatchObject({ available: 0 });
    await sql('TRUNCATE seat_claims, bookings, payments, tickets CASCADE');
    await sql('UPDATE schedules SET seat_version = 0');
    expect(await stock()).toMatchObject({ available: SEATS });
  });

  test('is not asked for again and again of a Postgres that cannot count', async () => {
    const tried: number[] = [];
    const countSeats = async (ids: readonly string[]) => {
      tried.push(ids.length);
      throw new Error('too much to count');
    };
    for (let date = 1; date < 5; date += 1) await shop.addSchedule();
    const failing = new RoomStocks({
      store: { ...createStockStore(shop.database), countSeats },
      seatMap,
      logger: shop.logger,
    });
    for (let tick = 0; tick < 5; tick += 1) expect(await stock(failing)).toMatchObject({ isWhole: false });
    expect(tried).toEqual([5]);
    await seatMap.read(shop.scheduleId);
    expect(await stock(failing)).toEqual({ dates: 1, available: SEATS, held: 0, isWhole: false });
    const triedAgain = async () => (await stock(failing), tried.length);
    await until('tried again, with fewer', triedAgain, (times) => times === 2, { withinMs: 3000 });
    expect(tried).toEqual([5, 2]);
  });

  test('keeps no room from its tick where Postgres takes long to count', async () => {
    const slow = new RoomStocks({
      store: { ...createStockStore(shop.database), countSeats: async () => new Promise(() => undefined) },
      seatMap,
      logger: shop.logger,
    });
    const startedAtMs = Date.now();
    expect(await stock(slow)).toEqual({ dates: 0, available: 0, held: 0, isWhole: false });
    expect(Date.now() - startedAtMs).toBeLessThan(1000);
  });
});

describe('the tick', () => {
  test('stops a room whose concert is sold out and lets it go on when a seat comes back', async () => {
    const parts = { ...shop.workerParts(), stocks };
    await seatMap.read(shop.scheduleId);
    await sellAll();
    await parts.room.join(CONCERT, shop.user(1));
    const look = async () => parts.room.look(CONCERT, shop.user(1));
    await tickRooms(parts);
    expect(await look()).toMatchObject({
      status: 'WAITING',
      phase: 'SOLD_OUT',
      stock: { available: 0, held: 0 },
    });
    await change(3, 'AVAILABLE');
    await tickRooms(parts);
    expect(await look()).toMatchObject({ status: 'ACTIVE', phase: 'OPEN', stock: { available: 1, held: 0 } });
    await parts.room.leave(CONCERT, shop.user(1));
  });
});

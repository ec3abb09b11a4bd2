import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { createDatabase } from '../../src/lib/database';
import { createPurchaseStore, type PurchaseStore } from '../../src/models/purchase-store';
import { createSeatCatalog } from '../../src/models/seat-catalog';
import { initModels } from '../../src/models/tables';
import { ALICE, BOB, HELD, PAID, REFUNDED, World } from './world';

let world: World;
let database: Sequelize;
let store: PurchaseStore;
beforeAll(async () => {
  world = await World.open();
  database = createDatabase({ url: world.database.url, pool: 4, name: 'test' });
  initModels(database);
  store = createPurchaseStore(database, createSeatCatalog(database));
});
afterAll(async () => {
  await database.close();
  await world.close();
});

const ALL = { limit: 10, before: null };
const idsOf = async (...asked: Parameters<PurchaseStore['bookings']>): Promise<string[]> =>
  (await store.bookings(...asked)).map(({ booking }) => booking.id);
const sql = async <Row extends object>(text: string): Promise<Row[]> =>
  database.query<Row>(text, { type: QueryTypes.SELECT });

describe('bookings', () => {
  test('are those of one user, newest first, a page at a time', async () => {
    expect(await idsOf(ALICE, ALL, null)).toEqual([REFUNDED, HELD, PAID]);
    expect(await idsOf(ALICE, { limit: 1, before: REFUNDED }, null)).toEqual([HELD]);
    expect(await idsOf(ALICE, { limit: 9, before: PAID }, null)).toEqual([]);
    expect(await idsOf(BOB, ALL, null)).toEqual([]);
  });

  test('have amounts as numbers, times in milliseconds and their seats', async () => {
    const found = await store.booking(PAID, ALICE);
    const [row] = await sql<{ total: number; made: number; ends: number; paid: number; schedule: string }>(
      `SELECT total_price::float8 AS total, schedule_id AS schedule,
              floor(extract(epoch FROM created_at) * 1000)::float8 AS made,
              floor(extract(epoch FROM expires_at) * 1000)::float8 AS ends,
              floor(extract(epoch FROM paid_at) * 1000)::float8 AS paid FROM bookings WHERE id = '${PAID}'`,
    );
    expect(found?.booking).toEqual({
      id: PAID,
      userId: ALICE,
      seatNumbers: [1, 2],
      totalPrice: row?.total,
      status: 'PAID',
      createdAt: row?.made,
      expiresAt: row?.ends,
      paidAt: row?.paid,
      entryId: null,
    });
    expect(found?.schedule.id).toBe(row?.schedule);
    expect([1, 2].map((number) => found?.seats.get(number)?.number)).toEqual([1, 2]);
  });

  test("of somebody else are found by nobody: neither the booking nor its date's queue", async () => {
    expect(await store.booking(PAID, BOB)).toBeNull();
    expect(await store.scheduleOf(PAID, BOB)).toBeNull();
    expect(await store.scheduleOf(PAID, ALICE)).toEqual({ scheduleId: '1', concertId: '1', isOffer: false });
    expect(await store.scheduleOf(PAID.toUpperCase(), ALICE)).toEqual({
      scheduleId: '1',
      concertId: '1',
      isOffer: false,
    });
  });

  test("whose hold has ended by the database's clock count as expired, released or not", async () => {
    expect(await idsOf(ALICE, ALL, 'PENDING')).toEqual([HELD]);
    expect(await idsOf(ALICE, ALL, 'EXPIRED')).toEqual([]);
    await database.query(
      `UPDATE bookings SET expires_at = created_at + interval '1 ms' WHERE id = '${HELD}'`,
    );
    expect(await idsOf(ALICE, ALL, 'PENDING')).toEqual([]);
    expect(await idsOf(ALICE, ALL, 'EXPIRED')).toEqual([HELD]);
    expect((await store.booking(HELD, ALICE))?.booking.status).toBe('EXPIRED');
    expect(await sql(`SELECT status FROM bookings WHERE id = '${HELD}'`)).toEqual([{ status: 'PENDING' }]);
    // Those that were paid or cancelled stay what they are, however long ago that was.
    expect(await idsOf(ALICE, ALL, 'PAID')).toEqual([PAID]);
    expect(await idsOf(ALICE, ALL, 'CANCELLED')).toEqual([REFUNDED]);
  });

  test('that are yet to be made are looked for again', async () => {
    const id = uuidv7();
    expect(await store.scheduleOf(id, BOB)).toBeNull();
    await database.query(
      `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at)
       SELECT '${id}', '${BOB}', concert_id, id, '{9}', 1, 'CANCELLED', now(), now() FROM schedules LIMIT 1`,
    );
    expect(await store.scheduleOf(id, BOB)).toEqual({ scheduleId: '1', concertId: '1', isOffer: false });
  });
});

test('payments and tickets are those of one user, with the date that they are for', async () => {
  const payments = await store.payments(ALICE, ALL);
  expect(payments.map(({ payment }) => [payment.bookingId, payment.status])).toEqual(
    (
      await sql<{ booking_id: string; status: string }>(
        `SELECT booking_id, status FROM payments WHERE user_id = '${ALICE}' ORDER BY id DESC`,
      )
    ).map(({ booking_id, status }) => [booking_id, status]),
  );
  expect(payments.every(({ payment, schedule }) => payment.amount > 0 && schedule.id === '1')).toBe(true);
  const tickets = await store.tickets(ALICE, ALL);
  const [show] = await sql<{ startAt: Date; title: string }>(
    'SELECT s.start_at AS "startAt", c.title FROM schedules s JOIN concerts c ON c.id = s.concert_id',
  );
  expect(tickets.map(({ ticket }) => ticket.seatNumber).toSorted((a, b) => a - b)).toEqual([1, 2, 4]);
  for (const { ticket, schedule, seats } of tickets) {
    expect(schedule).toMatchObject({ startAt: show?.startAt.getTime(), concertTitle: show?.title });
    expect(seats.get(ticket.seatNumber)?.section).toEqual(expect.any(String));
  }
  const [newest] = tickets;
  const rest = await store.tickets(ALICE, { limit: 10, before: newest?.ticket.id ?? '' });
  expect(rest.map(({ ticket }) => ticket.id)).toEqual(tickets.slice(1).map(({ ticket }) => ticket.id));
  expect([await store.payments(BOB, ALL), await store.tickets(BOB, ALL)]).toEqual([[], []]);
});

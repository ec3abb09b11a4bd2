import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import { createScheduleExports, type ExportRow } from '../../src/models/schedule-export';
import { initModels } from '../../src/models/tables';
import { ALICE, World } from './world';

const BOOKINGS = 5000;
const BY = { userId: ALICE, requestId: null };

let world: World;
let database: Sequelize;
beforeAll(async () => {
  world = await World.open();
  // Seats of nobody's: what is exported is read off the bookings.
  await world.client.query(
    `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at)
     SELECT uuidv7(), '${ALICE}', 1, 1, '{7,5,6}', 300, 'CANCELLED', now(), now() FROM generate_series(1, ${BOOKINGS})`,
  );
  database = createDatabase({ url: world.database.url, pool: 2, name: 'test' });
  initModels(database);
});
afterAll(async () => {
  await database.close();
  await world.close();
});

async function rowsOf(scheduleId: string): Promise<AsyncIterable<ExportRow>> {
  const rows = await createScheduleExports(database).rows(scheduleId, BY);
  if (rows === null) throw new Error('no such date');
  return rows;
}

test('every booking comes once, with a row for each seat and its ticket', async () => {
  const rows: ExportRow[] = [];
  for await (const row of await rowsOf('1')) rows.push(row);
  expect(rows).toHaveLength(BOOKINGS * 3 + 4);
  expect(new Set(rows.map(({ bookingId, seatNumber }) => `${bookingId} ${seatNumber}`)).size).toBe(
    rows.length,
  );
  expect(rows.slice(0, 4)).toMatchObject([
    { bookingStatus: 'PAID', seatNumber: 1, ticketCode: 'c1', ticketStatus: 'VALID', email: 'alice@x.test' },
    { bookingStatus: 'PAID', seatNumber: 2, ticketCode: 'c2' },
    { bookingStatus: 'PENDING', seatNumber: 3, ticketCode: null, ticketStatus: null },
    { bookingStatus: 'CANCELLED', seatNumber: 4, ticketStatus: 'VOID' },
  ]);
});

test('no more is read than somebody wants, and a reader who goes away ends it', async () => {
  const query = jest.spyOn(database, 'query');
  const rows = await rowsOf('1');
  for await (const row of rows) if (row.seatNumber === 5) break;
  const asked = query.mock.calls.filter(([sql]) => JSON.stringify(sql).includes('FROM bookings')).length;
  query.mockRestore();
  expect(asked).toBe(1);
});

test('of a date that is not there is null, and not in the log', async () => {
  expect(await createScheduleExports(database).rows('999', BY)).toBeNull();
  const { rows } = await world.client.query(
    `SELECT DISTINCT subject FROM audit_log WHERE subject = 'schedule:999'`,
  );
  expect(rows).toEqual([]);
});

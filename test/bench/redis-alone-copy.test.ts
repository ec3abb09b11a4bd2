import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pool } from 'pg';
import { copyHolds, CREATE_COPY } from '../../bench/baselines/redis-alone-copy';
import type { CopiedHold } from '../../bench/baselines/redis-alone-seats';
import { withClient } from '../../bench/stage/databases';
import { fanId } from '../../bench/stage/fans';
import { CONCERT_ID, SEAT_PRICE, seed } from '../../bench/stage/seed';
import { createDatabase } from '../../src/lib/database';
import { audit } from '../../src/models/audit';
import { createTestDatabase, type TestDatabase } from '../support/database';

const SCHEDULE_ID = '1';
const HOUR_MS = 3_600_000;

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  await withClient(database.url, async (client) => seed(client, { schedules: [20], fans: 5 }));
  pool = new Pool({ connectionString: database.url, max: 1 });
  await pool.query(CREATE_COPY);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const holdOf = (fan: number, seatNumbers: number[], endsInMs = HOUR_MS): CopiedHold => ({
  bookingId: randomUUID(),
  userId: fanId(fan),
  concertId: CONCERT_ID,
  scheduleId: SCHEDULE_ID,
  totalPrice: SEAT_PRICE * seatNumbers.length,
  createdAtMs: Date.now() - HOUR_MS,
  endsAtMs: Date.now() + endsInMs,
  seatNumbers,
});

async function statusOf({ bookingId }: CopiedHold): Promise<string | undefined> {
  const { rows } = await pool.query<{ status: string }>('SELECT status FROM bookings WHERE id = $1', [
    bookingId,
  ]);
  return rows[0]?.status;
}

async function expectNoViolations(): Promise<void> {
  const sequelize = createDatabase({ url: database.url, pool: 1, name: 'bench test' });
  try {
    expect(await audit(sequelize, { graceMs: 2 * HOUR_MS })).toEqual([]);
  } finally {
    await sequelize.close();
  }
}

test('copies holds with their seats, and the same ones again without a trace', async () => {
  const holds = [holdOf(1, [1, 2]), holdOf(2, [3])];
  await copyHolds(pool, holds);
  await copyHolds(pool, [...holds, holdOf(3, [4])]);
  const { rows } = await pool.query<{ seat: number }>(
    'SELECT seat_number AS seat FROM seat_claims ORDER BY seat',
  );
  expect(rows.map(({ seat }) => seat)).toEqual([1, 2, 3, 4]);
  await expectNoViolations();
});

test('gives a seat to its next holder, and frees the rest of a hold that has ended', async () => {
  const ended = holdOf(1, [10, 11], -1000);
  const next = holdOf(2, [10]);
  await copyHolds(pool, [ended]);
  await copyHolds(pool, [next]);
  expect([await statusOf(ended), await statusOf(next)]).toEqual(['EXPIRED', 'PENDING']);
  await expectNoViolations();
});

test('does so when both come together', async () => {
  const [first, second, third] = [holdOf(3, [15], -2000), holdOf(4, [15, 16], -1000), holdOf(5, [15])];
  await copyHolds(pool, [first, second, third]);
  expect(await Promise.all([first, second, third].map(statusOf))).toEqual(['EXPIRED', 'EXPIRED', 'PENDING']);
  await expectNoViolations();
});

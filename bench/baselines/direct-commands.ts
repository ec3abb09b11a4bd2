import { randomBytes } from 'node:crypto';
import { DatabaseError, type Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { bookingView, type Catalogue, type ScheduleFacts } from './catalogue';
import { BEST } from './direct-best-sql';
import { HOLD, type HoldRow, holdValues, PAY, type PayRow } from './direct-sql';
import { type Admitted, type Guards, refusal } from './guards';

const UNIQUE_VIOLATION = '23505';
// As many tickets as a booking may need: the seat limit of every bench show.
const TICKETS = 4;

export interface DirectParts {
  pool: Pool;
  catalogue: Catalogue;
  guards: Guards;
  holdTtlMs: number;
}

/** Holds seats: one function call, committed. @throws Refusal */
export async function hold(
  { pool, catalogue, holdTtlMs }: DirectParts,
  { userId, concertId }: Admitted,
  scheduleId: string,
  seatNumbers: number[],
) {
  const schedule = catalogue.get(scheduleId);
  if (schedule?.concertId !== concertId) throw refusal('QUEUE_TOKEN_INVALID');
  const totalPrice = seatNumbers.reduce((sum, number) => sum + priceOf(schedule, number), 0);
  const id = uuidv7();
  const wanted = { id, userId, scheduleId, seatNumbers, totalPrice, ttlMs: holdTtlMs };
  const row = await only<HoldRow>(pool, HOLD, holdValues(wanted, schedule));
  const booking = {
    id,
    scheduleId,
    seatNumbers,
    totalPrice,
    status: 'PENDING',
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    paidAt: null,
  };
  return { status: 'completed', booking: bookingView(booking, catalogue) };
}

/** Holds the first seats side by side that nobody has: one function call, committed. @throws Refusal */
export async function holdBest(
  { pool, catalogue, holdTtlMs }: DirectParts,
  { userId, concertId }: Admitted,
  scheduleId: string,
  count: number,
) {
  const schedule = catalogue.get(scheduleId);
  if (schedule?.concertId !== concertId) throw refusal('QUEUE_TOKEN_INVALID');
  const id = uuidv7();
  const { seatLimit, bookingStartAt, bookingEndAt } = schedule;
  const fixed = [seatLimit, bookingStartAt, bookingEndAt, holdTtlMs];
  const row = await only<BestRow>(pool, BEST, [id, userId, concertId, scheduleId, count, ...fixed]);
  const booking = {
    id,
    scheduleId,
    seatNumbers: row.seat_numbers,
    totalPrice: row.total_price,
    status: 'PENDING',
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    paidAt: null,
  };
  return { status: 'completed', booking: bookingView(booking, catalogue) };
}

interface BestRow extends HoldRow {
  seat_numbers: number[];
  total_price: number;
}

function priceOf(schedule: ScheduleFacts, number: number): number {
  const seat = schedule.seats[number - 1];
  if (seat === undefined) throw refusal('SEAT_NOT_FOUND');
  return seat.price;
}

/** Pays a hold: one function call, committed; then the admission ends. @throws Refusal */
export async function pay(
  { pool, catalogue, guards }: DirectParts,
  { userId, concertId }: Admitted,
  bookingId: string,
) {
  const ticketIds = Array.from({ length: TICKETS }, () => uuidv7());
  const codes = ticketIds.map(() => randomBytes(15).toString('base64url'));
  const paymentId = uuidv7();
  const values = [bookingId, userId, concertId, paymentId, ticketIds, codes];
  const row = await only<PayRow>(pool, PAY, values);
  await guards.leave(userId, concertId);
  const booking = bookingView(
    {
      id: bookingId,
      scheduleId: row.schedule_id,
      seatNumbers: row.seat_numbers,
      totalPrice: row.total_price,
      status: 'PAID',
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      paidAt: row.paid_at,
    },
    catalogue,
  );
  const tickets = booking.seats.map(({ id: seatId, ...seat }, index) => ({
    id: ticketIds[index],
    bookingId,
    seatId,
    ...seat,
    code: codes[index],
    status: 'VALID',
  }));
  const payment = { id: paymentId, bookingId, concertId, amount: row.total_price, status: 'PAID' };
  return { status: 'completed', booking, payment, tickets, balance: row.balance };
}

async function only<Row extends HoldRow>(
  pool: Pool,
  statement: { name: string; text: string },
  values: unknown[],
): Promise<Row> {
  try {
    const { rows } = await pool.query<Row>({ ...statement, values });
    const [row] = rows;
    if (row === undefined) throw new Error(`${statement.name} returned nothing`);
    if (row.code !== 'OK') throw refusal(row.code);
    return row;
  } catch (error) {
    // Two passed the look at the same moment: the primary key let one of them through.
    if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) throw refusal('SEAT_TAKEN');
    throw error;
  }
}

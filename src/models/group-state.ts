import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Balance, Booking, BookingStatus, Command, Payment, State, Ticket } from '../booking/types';
import { type Run, together } from '../lib/database';
import type { Catalog } from './seat-catalog';

/** A group of commands as it stands under the schedule's lock. */
export interface Group {
  /** Those of the commands asked for that nobody has finished yet, in the order given. */
  commands: Command[];
  state: State;
  /** The database's clock, in milliseconds, read after every lock was had. */
  now: number;
}

export interface GroupOptions {
  holdTtlMs: number;
  /** How many holds that have ended to take along, whether or not a command names them. */
  releaseLimit: number;
}

const ms = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::float8`;

const LOCK = {
  name: 'group-lock',
  // Serializes the transactions of one schedule even when a worker that was paused past its BullMQ lock wakes up
  // beside its successor: the second waits here and then finds the commands finished.
  text: 'SELECT id FROM schedules WHERE id = $1 FOR NO KEY UPDATE',
};
const ENDED = {
  name: 'group-ended',
  text: `SELECT id FROM commands WHERE id = ANY($1::uuid[]) AND status <> 'queued'`,
};
const BOOKINGS = {
  name: 'group-bookings',
  text: `
    WITH wanted AS (
      SELECT id FROM bookings WHERE id = ANY($2::uuid[]) AND schedule_id = $1
      UNION
      SELECT booking_id FROM seat_claims WHERE schedule_id = $1 AND seat_number = ANY($3::int[])
      UNION
      SELECT id FROM bookings
       WHERE concert_id = $6 AND user_id = ANY($4::uuid[]) AND status IN ('PENDING', 'PAID') AND schedule_id = $1
      UNION
      (SELECT id FROM bookings WHERE schedule_id = $1 AND status = 'PENDING' AND expires_at <= statement_timestamp()
        ORDER BY expires_at LIMIT $5)
    )
    SELECT id, user_id, seat_numbers, total_price::float8, status, ${ms('created_at')} AS created_at,
           ${ms('expires_at')} AS expires_at, ${ms('paid_at')} AS paid_at
      FROM bookings JOIN wanted USING (id)`,
};
const BALANCES = {
  name: 'group-balances',
  // In one order everywhere: two groups that pay for the same two users cannot wait for each other.
  text: `SELECT user_id, balance::float8, last_entry::float8 FROM points
          WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR UPDATE`,
};
const PAYMENTS = {
  name: 'group-payments',
  text: `SELECT id, booking_id, user_id, amount::float8, status, ${ms('created_at')} AS created_at
           FROM payments WHERE booking_id = ANY($1::uuid[])`,
};
const TICKETS = {
  name: 'group-tickets',
  text: `SELECT id, booking_id, user_id, seat_number, code, status FROM tickets
          WHERE booking_id = ANY($1::uuid[]) AND status = 'VALID'`,
};
// Also where a bound is a moment: unlike clock_timestamp(), statement_timestamp() may be looked up in an index, and in a
// pipeline too it is taken when the statement's turn comes, after the lock was had.
const CLOCK = { name: 'group-clock', text: `SELECT ${ms('statement_timestamp()')} AS now` };

/** Locks the schedule and reads all that the commands touch, in one round trip. */
export async function loadGroup(
  run: Run,
  catalog: Catalog,
  asked: readonly Command[],
  { holdTtlMs, releaseLimit }: GroupOptions,
): Promise<Group> {
  const named = namedBy(asked);
  const scheduleId = catalog.schedule.id;
  const [, ended, bookings, balances, payments, tickets, clock] = await together([
    run(LOCK, [scheduleId]),
    asked.length === 0 ? [] : run<{ id: string }>(ENDED, [asked.map((command) => command.id)]),
    run<BookingRow>(BOOKINGS, [
      scheduleId,
      named.bookings,
      named.seats,
      named.holders,
      releaseLimit,
      catalog.schedule.concertId,
    ]),
    named.payers.length === 0 ? [] : run<BalanceRow>(BALANCES, [named.payers]),
    named.cancelled.length === 0 ? [] : run<PaymentRow>(PAYMENTS, [named.cancelled]),
    named.cancelled.length === 0 ? [] : run<TicketRow>(TICKETS, [named.cancelled]),
    run<{ now: number }>(CLOCK, []),
  ]);
  const finished = new Set(ended.map((row) => row.id));
  const now = clock[0]?.now;
  if (now === undefined) throw new Error('The database did not tell the time');
  const state: State = {
    schedule: catalog.schedule,
    holdTtlMs,
    prices: catalog.prices,
    bookings: bookings.map(bookingOf),
    balances: new Map(balances.map((row): [string, Balance] => [row.user_id, balanceOf(row)])),
    payments: payments.map(paymentOf),
    tickets: tickets.map(ticketOf),
    blankTickets: blankTickets(bookings, named.paid),
  };
  return { commands: asked.filter((command) => !finished.has(command.id)), state, now };
}

function namedBy(commands: readonly Command[]) {
  const seats = new Set<number>();
  const holders = new Set<string>();
  const payers = new Set<string>();
  const paid = new Set<string>();
  const cancelled: string[] = [];
  for (const command of commands) {
    if (command.kind === 'hold') {
      holders.add(command.userId);
      for (const seatNumber of command.seatNumbers) seats.add(seatNumber);
    } else {
      payers.add(command.userId);
      if (command.kind === 'pay') paid.add(command.bookingId);
      else cancelled.push(command.bookingId);
    }
  }
  return {
    seats: [...seats],
    holders: [...holders],
    payers: [...payers],
    paid,
    cancelled,
    bookings: [...paid, ...cancelled],
  };
}

/** Ids and codes for as many tickets as these pays could make. A code is 120 random bits: nobody guesses one. */
function blankTickets(bookings: BookingRow[], paid: ReadonlySet<string>): State['blankTickets'] {
  const seats = bookings
    .filter((row) => paid.has(row.id))
    .reduce((sum, row) => sum + row.seat_numbers.length, 0);
  return Array.from({ length: seats }, () => ({ id: uuidv7(), code: randomBytes(15).toString('base64url') }));
}

interface BookingRow {
  id: string;
  user_id: string;
  seat_numbers: number[];
  total_price: number;
  status: BookingStatus;
  created_at: number;
  expires_at: number;
  paid_at: number | null;
}

const bookingOf = (row: BookingRow): Booking => ({
  id: row.id,
  userId: row.user_id,
  seatNumbers: row.seat_numbers,
  totalPrice: row.total_price,
  status: row.status,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  paidAt: row.paid_at,
});

interface BalanceRow {
  user_id: string;
  balance: number;
  last_entry: number | null;
}

const balanceOf = (row: BalanceRow): Balance => ({ balance: row.balance, lastEntry: row.last_entry });

interface PaymentRow {
  id: string;
  booking_id: string;
  user_id: string;
  amount: number;
  status: Payment['status'];
  created_at: number;
}

const paymentOf = (row: PaymentRow): Payment => ({
  id: row.id,
  bookingId: row.booking_id,
  userId: row.user_id,
  amount: row.amount,
  status: row.status,
  createdAt: row.created_at,
});

interface TicketRow {
  id: string;
  booking_id: string;
  user_id: string;
  seat_number: number;
  code: string;
  status: Ticket['status'];
}

const ticketOf = (row: TicketRow): Ticket => ({
  id: row.id,
  bookingId: row.booking_id,
  userId: row.user_id,
  seatNumber: row.seat_number,
  code: row.code,
  status: row.status,
});

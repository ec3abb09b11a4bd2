import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Balance, Command, Seat, SeatsByNumber, State } from '../booking/types';
import { type Run, together } from '../lib/pipeline';
import {
  type BalanceRow,
  balanceOf,
  type BookingRow,
  bookingOf,
  type EndedRow,
  type PaymentRow,
  paymentOf,
  type TicketRow,
  ticketOf,
} from './group-rows';
import type { CatalogEntry } from './seat-catalog';

/** Commands for one schedule, in order. */
export interface Asked {
  entry: CatalogEntry;
  /** All its seats, where they are in memory: else those that the commands name are read. */
  hall?: SeatsByNumber | undefined;
  commands: readonly Command[];
}

/** The same as they stand under the schedule's lock. */
export interface Group {
  entry: CatalogEntry;
  /** At least those named by the commands and by the bookings that these name. */
  seats: SeatsByNumber;
  /** Those of the commands asked for that nobody has finished yet, in the order given. */
  commands: Command[];
  /** The others, as they are stored. */
  ended: EndedRow[];
  state: State;
  /** The seat map's version so far. */
  seatVersion: number;
  /** Whether there may be more holds that have ended than were taken along. */
  moreDue: boolean;
}

export interface Loaded {
  groups: Group[];
  /** Those of every group: whoever decides one group after another notes here what each of them left. */
  balances: Map<string, Balance>;
  /** The database's clock, in milliseconds, read after every lock was had. */
  now: number;
}

export interface LoadOptions {
  holdTtlMs: number;
  /** How many holds per schedule that have ended to take along, whether or not a command names them. */
  releaseLimit: number;
}

const ms = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::float8`;

const LOCK = {
  name: 'group-lock',
  // Serializes the transactions of one schedule even when a worker that was paused past its BullMQ lock wakes up
  // beside its successor: the second waits here and then finds the commands finished. In one order everywhere: two
  // transactions of several schedules cannot wait for each other.
  text: `SELECT id::text, seat_version::float8 AS version FROM schedules WHERE id = ANY($1::bigint[])
          ORDER BY schedules.id FOR NO KEY UPDATE`,
};
// Its moment is also the bound of what has ended: unlike clock_timestamp(), statement_timestamp() may be looked up in an
// index, and in a pipeline too it is taken when the statement's turn comes, after the lock was had.
const CLOCK = {
  name: 'group-clock',
  text: `SELECT ${ms('statement_timestamp()')} AS now,
                (SELECT coalesce(json_agg(json_build_object('id', id, 'userId', user_id, 'kind', kind, 'status', status,
                                   'outcome', outcome, 'finishedAtMs', ${ms('finished_at')})), '[]')
                   FROM commands WHERE id = ANY($1::uuid[]) AND status <> 'queued') AS ended`,
};
const BOOKINGS = {
  name: 'group-bookings',
  // OFFSET 0 keeps each arm a look-up per row: a join may be planned while the table is small, and then reads all of it
  // for every group of a sale.
  text: `
    WITH wanted AS (
      SELECT id FROM unnest($2::uuid[]) AS x(id)
      UNION
      SELECT c.booking_id FROM unnest($3::bigint[], $4::int[]) AS x(schedule_id, seat_number), LATERAL (
        SELECT booking_id FROM seat_claims c
         WHERE c.schedule_id = x.schedule_id AND c.seat_number = x.seat_number OFFSET 0) AS c
      UNION
      SELECT b.id FROM unnest($5::bigint[], $6::bigint[], $7::uuid[]) AS x(concert_id, schedule_id, user_id), LATERAL (
        SELECT id FROM bookings b
         WHERE b.concert_id = x.concert_id AND b.user_id = x.user_id AND b.schedule_id = x.schedule_id
           AND status IN ('PENDING', 'PAID') OFFSET 0) AS b
      UNION
      SELECT b.id FROM unnest($1::bigint[]) AS x(schedule_id), LATERAL (
        SELECT id FROM bookings b
         WHERE b.schedule_id = x.schedule_id AND status = 'PENDING' AND expires_at <= statement_timestamp()
         ORDER BY expires_at LIMIT $8) AS b
    )
    SELECT b.id, schedule_id::text, user_id, seat_numbers, total_price::float8, status,
           ${ms('created_at')} AS created_at, ${ms('expires_at')} AS expires_at, ${ms('paid_at')} AS paid_at
      FROM wanted, LATERAL (SELECT * FROM bookings b WHERE b.id = wanted.id OFFSET 0) AS b
     WHERE schedule_id = ANY($1::bigint[])`,
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
const SEATS = {
  name: 'group-seats',
  text: `
    WITH wanted AS (
      SELECT schedule_id, seat_number FROM unnest($1::bigint[], $2::int[]) AS x(schedule_id, seat_number)
      UNION
      SELECT b.schedule_id, unnest(b.seat_numbers) FROM unnest($3::uuid[]) AS x(id), LATERAL (
        SELECT schedule_id, seat_numbers FROM bookings b WHERE b.id = x.id OFFSET 0) AS b
    )
    SELECT s.schedule_id::text, number, section, row_name AS row, price::float8
      FROM wanted, LATERAL (
        SELECT * FROM seats s WHERE s.schedule_id = wanted.schedule_id AND s.number = wanted.seat_number OFFSET 0) AS s`,
};

export interface Locked {
  /** The seat map's version so far, by schedule. */
  versions: Map<string, number>;
  ended: EndedRow[];
  now: number;
}

/** Locks the schedules, in one round trip, and says which of these commands have ended before. */
export async function lockSchedules(
  run: Run,
  scheduleIds: readonly string[],
  commandIds: readonly string[],
): Promise<Locked> {
  const [locked, [clock]] = await together([
    run<{ id: string; version: number }>(LOCK, [scheduleIds]),
    run<{ now: number; ended: EndedRow[] }>(CLOCK, [commandIds]),
  ]);
  if (clock === undefined) throw new Error('The database did not tell the time');
  return { ...clock, versions: new Map(locked.map(({ id, version }) => [id, version])) };
}

/**
 * Locks the schedules and reads all that the commands touch, in one round trip.
 * @param asked of each schedule once
 */
export async function loadGroups(
  run: Run,
  asked: readonly Asked[],
  { holdTtlMs, releaseLimit }: LoadOptions,
): Promise<Loaded> {
  const named = namedBy(asked);
  const inPart = namedBy(asked.filter(({ hall }) => hall === undefined));
  const scheduleIds = asked.map(({ entry }) => entry.schedule.id);
  const [{ versions, ended, now }, bookings, balances, payments, tickets, seats] = await together([
    lockSchedules(run, scheduleIds, named.commands),
    run<BookingRow>(BOOKINGS, [
      scheduleIds,
      [...named.paid, ...named.cancelled],
      named.seats.scheduleIds,
      named.seats.numbers,
      named.holders.concertIds,
      named.holders.scheduleIds,
      named.holders.userIds,
      releaseLimit,
    ]),
    named.payers.size === 0 ? [] : run<BalanceRow>(BALANCES, [[...named.payers]]),
    named.cancelled.length === 0 ? [] : run<PaymentRow>(PAYMENTS, [named.cancelled]),
    named.cancelled.length === 0 ? [] : run<TicketRow>(TICKETS, [named.cancelled]),
    inPart.commands.length === 0
      ? []
      : run<SeatRow>(SEATS, [
          inPart.seats.scheduleIds,
          inPart.seats.numbers,
          [...inPart.paid, ...inPart.cancelled],
        ]),
  ]);
  const endedById = new Map(ended.map((row) => [row.id, row]));
  const loaded = {
    balances: new Map(balances.map((row): [string, Balance] => [row.user_id, balanceOf(row)])),
    payments: payments.map(paymentOf),
    tickets: tickets.map(ticketOf),
  };
  const groups = asked.map(({ entry, hall, commands }) => {
    const { schedule } = entry;
    const rows = bookings.filter((row) => row.schedule_id === schedule.id);
    const ofGroup = hall ?? seatsOf(seats, schedule.id);
    const state = {
      ...loaded,
      schedule,
      holdTtlMs,
      prices: pricesOf(commands, ofGroup),
      bookings: rows.map(bookingOf),
      blankTickets: blankTickets(rows, named.paid),
    };
    const seatVersion = versions.get(schedule.id);
    if (seatVersion === undefined) throw new Error(`Schedule ${schedule.id} has vanished`);
    const due = rows.filter((row) => row.status === 'PENDING' && row.expires_at <= now);
    return {
      entry,
      seats: ofGroup,
      commands: commands.filter(({ id }) => !endedById.has(id)),
      ended: commands.flatMap(({ id }) => endedById.get(id) ?? []),
      state,
      seatVersion,
      moreDue: due.length >= releaseLimit,
    };
  });
  return { groups, balances: loaded.balances, now };
}

/** What the commands name, in columns as the statements take them. */
function namedBy(asked: readonly Asked[]) {
  const named = {
    commands: [] as string[],
    seats: { scheduleIds: [] as string[], numbers: [] as number[] },
    holders: { concertIds: [] as string[], scheduleIds: [] as string[], userIds: [] as string[] },
    payers: new Set<string>(),
    paid: new Set<string>(),
    cancelled: [] as string[],
  };
  for (const { entry, commands } of asked) {
    const { id: scheduleId, concertId } = entry.schedule;
    for (const command of commands) {
      named.commands.push(command.id);
      if (command.kind === 'hold') {
        named.holders.concertIds.push(concertId);
        named.holders.scheduleIds.push(scheduleId);
        named.holders.userIds.push(command.userId);
        for (const seatNumber of command.seatNumbers) {
          named.seats.scheduleIds.push(scheduleId);
          named.seats.numbers.push(seatNumber);
        }
      } else {
        named.payers.add(command.userId);
        if (command.kind === 'pay') named.paid.add(command.bookingId);
        else named.cancelled.push(command.bookingId);
      }
    }
  }
  return named;
}

type SeatRow = Seat & { schedule_id: string };

const seatsOf = (rows: readonly SeatRow[], scheduleId: string): SeatsByNumber =>
  new Map(rows.filter((row) => row.schedule_id === scheduleId).map((row) => [row.number, row]));

function pricesOf(commands: readonly Command[], seats: SeatsByNumber): State['prices'] {
  const prices = new Map<number, number>();
  for (const command of commands) {
    if (command.kind !== 'hold') continue;
    for (const seatNumber of command.seatNumbers) {
      const seat = seats.get(seatNumber);
      if (seat !== undefined) prices.set(seatNumber, seat.price);
    }
  }
  return prices;
}

/** Ids and codes for as many tickets as these pays could make. A code is 120 random bits: nobody guesses one. */
function blankTickets(bookings: readonly BookingRow[], paid: ReadonlySet<string>): State['blankTickets'] {
  const seats = bookings
    .filter((row) => paid.has(row.id))
    .reduce((sum, row) => sum + row.seat_numbers.length, 0);
  return Array.from({ length: seats }, () => ({ id: uuidv7(), code: randomBytes(15).toString('base64url') }));
}

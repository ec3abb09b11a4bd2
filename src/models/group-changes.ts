import type { Changes, Command, PointEntry, Schedule } from '../booking/types';
import { type Run, together } from '../lib/database';

/** How one command ended. `outcome` is the job's `result` or `error`. */
export interface FinishedCommand {
  command: Command;
  status: 'completed' | 'rejected' | 'failed';
  outcome: unknown;
}

const DROP_CLAIMS = {
  name: 'group-drop-claims',
  text: 'DELETE FROM seat_claims WHERE schedule_id = $1 AND seat_number = ANY($2::int[])',
};
const UPDATE_BOOKINGS = {
  name: 'group-update-bookings',
  text: `UPDATE bookings b
            SET status = x.status, paid_at = to_timestamp(x."paidAt" / 1000.0), updated_at = to_timestamp($2 / 1000.0)
           FROM json_to_recordset($1::json) AS x(id uuid, status text, "paidAt" float8)
          WHERE b.id = x.id`,
};
const INSERT_BOOKINGS = {
  name: 'group-insert-bookings',
  text: `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status,
                               created_at, expires_at, paid_at)
         SELECT id, "userId", $2, $3, ARRAY(SELECT json_array_elements_text("seatNumbers")::int), "totalPrice", status,
                to_timestamp("createdAt" / 1000.0), to_timestamp("expiresAt" / 1000.0),
                to_timestamp("paidAt" / 1000.0)
           FROM json_to_recordset($1::json) AS x(id uuid, "userId" uuid, "seatNumbers" json, "totalPrice" bigint,
                status text, "createdAt" float8, "expiresAt" float8, "paidAt" float8)`,
};
const INSERT_CLAIMS = {
  name: 'group-insert-claims',
  text: `INSERT INTO seat_claims (schedule_id, seat_number, booking_id)
         SELECT $2, "seatNumber", "bookingId"
           FROM json_to_recordset($1::json) AS x("seatNumber" int, "bookingId" uuid)`,
};
const INSERT_ENTRIES = {
  name: 'group-insert-entries',
  text: `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type, booking_id, created_at)
         SELECT "userId", entry, amount, "balanceAfter" - amount, "balanceAfter", type, "bookingId",
                to_timestamp($2 / 1000.0)
           FROM json_to_recordset($1::json) AS x("userId" uuid, entry bigint, amount bigint, "balanceAfter" bigint,
                type text, "bookingId" uuid)`,
};
const UPDATE_POINTS = {
  name: 'group-update-points',
  text: `UPDATE points p
            SET balance = x."balanceAfter", last_entry = x.entry, updated_at = to_timestamp($2 / 1000.0)
           FROM json_to_recordset($1::json) AS x("userId" uuid, entry bigint, "balanceAfter" bigint)
          WHERE p.user_id = x."userId"`,
};
const INSERT_PAYMENTS = {
  name: 'group-insert-payments',
  text: `INSERT INTO payments (id, booking_id, user_id, concert_id, schedule_id, concert_title, amount, status,
                               created_at, refunded_at)
         SELECT id, "bookingId", "userId", $2, $3, $4, amount, status, to_timestamp($5 / 1000.0),
                CASE status WHEN 'REFUNDED' THEN to_timestamp($5 / 1000.0) END
           FROM json_to_recordset($1::json) AS x(id uuid, "bookingId" uuid, "userId" uuid, amount bigint, status text)`,
};
const REFUND_PAYMENTS = {
  name: 'group-refund-payments',
  text: `UPDATE payments SET status = 'REFUNDED', refunded_at = to_timestamp($2 / 1000.0) WHERE id = ANY($1::uuid[])`,
};
const INSERT_TICKETS = {
  name: 'group-insert-tickets',
  text: `INSERT INTO tickets (id, booking_id, user_id, schedule_id, seat_number, code, status, created_at)
         SELECT id, "bookingId", "userId", $2, "seatNumber", code, status, to_timestamp($3 / 1000.0)
           FROM json_to_recordset($1::json) AS x(id uuid, "bookingId" uuid, "userId" uuid, "seatNumber" int,
                code text, status text)`,
};
const VOID_TICKETS = {
  name: 'group-void-tickets',
  text: `UPDATE tickets SET status = 'VOID' WHERE id = ANY($1::uuid[])`,
};
const NEXT_VERSION = {
  name: 'group-next-version',
  text: 'UPDATE schedules SET seat_version = seat_version + 1 WHERE id = $1 RETURNING seat_version::float8 AS version',
};
const FINISH = {
  name: 'group-finish',
  // A command that somebody waits for is recorded here only, with its outcome; others were recorded when they came.
  text: `INSERT INTO commands AS c (id, user_id, schedule_id, kind, payload, status, outcome, finished_at)
         SELECT id, "userId", $3, kind, payload, status, outcome, to_timestamp($2 / 1000.0)
           FROM json_to_recordset($1::json) AS x(id uuid, "userId" uuid, kind text, payload jsonb, status text,
                outcome jsonb)
             ON CONFLICT (id) DO UPDATE
            SET status = excluded.status, outcome = excluded.outcome, finished_at = excluded.finished_at
          WHERE c.status = 'queued'`,
};

/**
 * Writes what a group of commands changed and how each ended: one statement per kind of row, all in one round trip.
 * The order matters: claims and tickets go before others take the seats, history before the balances that refer to it.
 *
 * @param now the moment of decision, in milliseconds
 * @returns the seat map's new version, or null when no seat changed
 * @throws the database's refusal when a constraint would be broken; nothing is written then
 */
export async function applyGroup(
  run: Run,
  schedule: Schedule,
  changes: Changes,
  finished: FinishedCommand[],
  now: number,
): Promise<number | null> {
  const { id, concertId, concertTitle } = schedule;
  const statements: Promise<unknown>[] = [];
  const write = (
    statement: { name: string; text: string },
    rows: readonly unknown[],
    ...values: unknown[]
  ) => {
    if (rows.length > 0) statements.push(run(statement, [JSON.stringify(rows), ...values]));
  };
  if (changes.freedSeats.length > 0) statements.push(run(DROP_CLAIMS, [id, changes.freedSeats]));
  write(UPDATE_BOOKINGS, changes.changedBookings, now);
  write(INSERT_BOOKINGS, changes.newBookings, concertId, id);
  write(INSERT_CLAIMS, changes.claimedSeats, id);
  write(INSERT_ENTRIES, changes.entries, now);
  write(UPDATE_POINTS, lastEntries(changes.entries), now);
  write(INSERT_PAYMENTS, changes.newPayments, concertId, id, concertTitle, now);
  if (changes.refundedPayments.length > 0)
    statements.push(run(REFUND_PAYMENTS, [changes.refundedPayments, now]));
  if (changes.voidedTickets.length > 0) statements.push(run(VOID_TICKETS, [changes.voidedTickets]));
  write(INSERT_TICKETS, changes.newTickets, id, now);
  write(FINISH, finished.map(rowOf), now, id);
  const version = changes.seatStates.size === 0 ? [] : run<{ version: number }>(NEXT_VERSION, [id]);
  const [versions] = await together([version, ...statements]);
  return versions[0]?.version ?? null;
}

/** Marks commands ended without any change, when deciding them is what fails. */
export async function finishCommands(
  run: Run,
  scheduleId: string,
  finished: FinishedCommand[],
  now: number,
): Promise<void> {
  await run(FINISH, [JSON.stringify(finished.map(rowOf)), now, scheduleId]);
}

function rowOf({ command, status, outcome }: FinishedCommand) {
  const { id, userId, kind, ...payload } = command;
  return { id, userId, kind, payload, status, outcome };
}

/** A user's balance is that of the last entry that this group added. */
function lastEntries(entries: PointEntry[]): PointEntry[] {
  return [...new Map(entries.map((entry) => [entry.userId, entry])).values()];
}

import type { Changes, Command, PointEntry, Schedule } from '../booking/types';
import type { Prepared, Statement } from '../lib/pipeline';
import type { EndedCommand } from './command-store';
import { given } from './group-statements';

/** Commands of one schedule, and how each of them ended, in the same order: what is to be written of them. */
interface EndedGroup {
  schedule: Schedule;
  commands: readonly Command[];
  ended: readonly EndedCommand[];
}

/** The same, with what else their decision changed. */
export interface GroupToWrite extends EndedGroup {
  changes: Changes;
}

const DROP_CLAIMS = {
  name: 'group-drop-claims',
  text: `DELETE FROM seat_claims c USING json_to_recordset($1::json) AS x("scheduleId" bigint, "seatNumber" int)
          WHERE c.schedule_id = x."scheduleId" AND c.seat_number = x."seatNumber"`,
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
                               created_at, expires_at, paid_at, entry_id)
         SELECT id, "userId", "concertId", "scheduleId", "seatNumbers", "totalPrice", status,
                to_timestamp("createdAt" / 1000.0), to_timestamp("expiresAt" / 1000.0),
                to_timestamp("paidAt" / 1000.0), "entryId"
           FROM json_to_recordset($1::json) AS x(id uuid, "userId" uuid, "concertId" bigint, "scheduleId" bigint,
                "seatNumbers" int[], "totalPrice" bigint, status text, "createdAt" float8, "expiresAt" float8, "paidAt" float8,
                "entryId" uuid)`,
};
const INSERT_CLAIMS = {
  name: 'group-insert-claims',
  text: `INSERT INTO seat_claims (schedule_id, seat_number, booking_id)
         SELECT "scheduleId", "seatNumber", "bookingId"
           FROM json_to_recordset($1::json) AS x("scheduleId" bigint, "seatNumber" int, "bookingId" uuid)`,
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
         SELECT id, "bookingId", "userId", "concertId", "scheduleId", "concertTitle", amount, status,
                to_timestamp($2 / 1000.0), CASE status WHEN 'REFUNDED' THEN to_timestamp($2 / 1000.0) END
           FROM json_to_recordset($1::json) AS x(id uuid, "bookingId" uuid, "userId" uuid, "concertId" bigint,
                "scheduleId" bigint, "concertTitle" text, amount bigint, status text)`,
};
const REFUND_PAYMENTS = {
  name: 'group-refund-payments',
  text: `UPDATE payments SET status = 'REFUNDED', refunded_at = to_timestamp($2 / 1000.0) WHERE id = ANY(${given(1, 'uuid')})`,
};
const INSERT_TICKETS = {
  name: 'group-insert-tickets',
  text: `INSERT INTO tickets (id, booking_id, user_id, schedule_id, seat_number, code, status, created_at)
         SELECT id, "bookingId", "userId", "scheduleId", "seatNumber", code, status, to_timestamp($2 / 1000.0)
           FROM json_to_recordset($1::json) AS x(id uuid, "bookingId" uuid, "userId" uuid, "scheduleId" bigint,
                "seatNumber" int, code text, status text)`,
};
const VOID_TICKETS = {
  name: 'group-void-tickets',
  text: `UPDATE tickets SET status = 'VOID' WHERE id = ANY(${given(1, 'uuid')})`,
};
const ENLIST = {
  name: 'group-enlist',
  text: `INSERT INTO waitlist_entries (id, schedule_id, user_id, sequence, seat_count, sections, accessible, created_at,
                                       offered_at, left_at)
         SELECT id, "scheduleId", "userId", sequence, count, sections, accessible, to_timestamp("createdAt" / 1000.0),
                CASE WHEN "isOffered" THEN to_timestamp($2 / 1000.0) END,
                CASE WHEN "hasLeft" THEN to_timestamp($2 / 1000.0) END
           FROM json_to_recordset($1::json) AS x(id uuid, "scheduleId" bigint, "userId" uuid, sequence bigint, count int,
                sections text[], accessible boolean, "createdAt" float8, "isOffered" boolean, "hasLeft" boolean)`,
};
const OFFER = {
  name: 'group-offer',
  text: `UPDATE waitlist_entries SET offered_at = to_timestamp($2 / 1000.0) WHERE id = ANY(${given(1, 'uuid')})`,
};
const WITHDRAW = {
  name: 'group-withdraw',
  text: `UPDATE waitlist_entries SET left_at = to_timestamp($2 / 1000.0) WHERE id = ANY(${given(1, 'uuid')})`,
};
const NOTE_ACTS = {
  name: 'group-note-acts',
  text: `INSERT INTO audit_log (user_id, action, subject, before, after, request_id)
         SELECT "userId", action, subject, before, after, "requestId"
           FROM json_to_recordset($1::json) AS x("userId" uuid, action text, subject text, before jsonb, after jsonb,
                "requestId" text)`,
};
const NEXT_WAITLIST_VERSION = {
  name: 'group-next-waitlist-version',
  text: `UPDATE schedules SET waitlist_version = waitlist_version + 1 WHERE id = ANY(${given(1, 'bigint')})`,
};
const NEXT_VERSION = {
  name: 'group-next-version',
  text: `UPDATE schedules SET seat_version = seat_version + 1 WHERE id = ANY(${given(1, 'bigint')})`,
};
const FINISH = {
  name: 'group-finish',
  // A command that somebody waits for is recorded here only, with its outcome; others were recorded when they came. By
  // id, as a web process records them late: two statements cannot wait for each other.
  text: `INSERT INTO commands AS c (id, user_id, schedule_id, kind, payload, status, outcome, finished_at)
         SELECT id, "userId", "scheduleId", kind, payload, status, outcome, to_timestamp($2 / 1000.0)
           FROM json_to_recordset($1::json) AS x(id uuid, "userId" uuid, "scheduleId" bigint, kind text, payload jsonb,
                status text, outcome jsonb)
          ORDER BY id
             ON CONFLICT (id) DO UPDATE
            SET status = excluded.status, outcome = excluded.outcome, finished_at = excluded.finished_at
          WHERE c.status = 'queued'`,
};

/**
 * What writes the changes of groups of commands, and how each command ended: one statement per kind of row, joined where nothing is freed. The order
 * matters: claims and tickets go before others take the seats, entries end before their users wait once more, history goes
 * before the balances that refer to it. A constraint that would be broken refuses it all.
 *
 * @param decided of each schedule once, in the order in which they were decided
 * @param now the moment of decision, in milliseconds
 */
export function groupWrites(decided: readonly GroupToWrite[], now: number): Prepared[] {
  const writes: Prepared[] = [];
  const write = (statement: Statement, rows: readonly unknown[], ...values: unknown[]) => {
    if (rows.length > 0) writes.push({ statement, values: [rows, ...values] });
  };
  const writeJson = (statement: Statement, rows: readonly object[], ...values: unknown[]) => {
    if (rows.length > 0) writes.push({ statement, values: [JSON.stringify(rows), ...values] });
  };
  const all = <Row>(rowsOf: (changes: Changes, schedule: Schedule) => readonly Row[]): Row[] =>
    decided.flatMap(({ changes, schedule }) => rowsOf(changes, schedule));
  const entries = all((changes) => changes.entries);

  writeJson(DROP_CLAIMS, all(freedRows));
  writeJson(UPDATE_BOOKINGS, all(changedRows), now);
  write(OFFER, all(offeredIds), now);
  write(WITHDRAW, all(withdrawnIds), now);
  writeJson(ENLIST, all(enlistedRows), now);
  writeJson(INSERT_BOOKINGS, all(bookingRows));
  writeJson(INSERT_CLAIMS, all(claimRows));
  writeJson(INSERT_ENTRIES, entries, now);
  writeJson(UPDATE_POINTS, lastEntries(entries), now);
  writeJson(INSERT_PAYMENTS, all(paymentRows), now);
  write(REFUND_PAYMENTS, all(refundedIds), now);
  write(VOID_TICKETS, all(voidedIds));
  writeJson(INSERT_TICKETS, all(ticketRows), now);
  writeJson(FINISH, decided.flatMap(endedRows), now);
  writeJson(NOTE_ACTS, all(actRows));
  write(NEXT_VERSION, all(changedSchedules));
  write(NEXT_WAITLIST_VERSION, all(changedLists));
  return writes.length > 1 && writes.every(({ statement }) => IN_ANY_ORDER.has(statement))
    ? [inOne(writes)]
    : writes;
}

/** Those that find what they need however they are put in order: foreign keys are looked at when a statement has ended. */
const IN_ANY_ORDER: ReadonlySet<Statement> = new Set([
  UPDATE_BOOKINGS,
  INSERT_BOOKINGS,
  INSERT_CLAIMS,
  INSERT_ENTRIES,
  UPDATE_POINTS,
  INSERT_PAYMENTS,
  INSERT_TICKETS,
  FINISH,
  NEXT_VERSION,
]);
const JOINED = new Map<string, Statement>();

/** One statement of several: each that is sent by itself is answered, and so wakes both sides, by itself. */
function inOne(writes: readonly Prepared[]): Prepared {
  const values = writes.flatMap((each) => each.values);
  const key = writes.map(({ statement }) => statement.name).join();
  let statement = JOINED.get(key);
  if (statement === undefined) {
    let before = 0;
    const texts = writes.map(({ statement: { text }, values: its }) => {
      const numbered = text.replace(/\$(\d+)/g, (_all, number: string) => `$${Number(number) + before}`);
      before += its.length;
      return numbered;
    });
    const last = texts.pop() ?? '';
    const others = texts.map((text, index) => `w${index} AS (${text})`);
    statement = { name: `group-writes-${JOINED.size}`, text: `WITH ${others.join(', ')} ${last}` };
    JOINED.set(key, statement);
  }
  return { statement, values };
}

/** Marks commands ended without any change, when deciding them is what fails. Those that have ended stay as they are. */
export function failureWrites(failed: EndedGroup, now: number): Prepared[] {
  return [{ statement: FINISH, values: [JSON.stringify(endedRows(failed)), now] }];
}

/** Whether who waits is not who waited before. */
export const changesList = ({ enlisted, offeredEntries, withdrawnEntries }: Changes): boolean =>
  enlisted.length + offeredEntries.length + withdrawnEntries.length > 0;

const freedRows = ({ freedSeats }: Changes, { id: scheduleId }: Schedule) =>
  freedSeats.map((seatNumber) => ({ scheduleId, seatNumber }));
const actRows = ({ acts }: Changes) => acts;
const changedRows = ({ changedBookings }: Changes) => changedBookings;
const refundedIds = ({ refundedPayments }: Changes) => refundedPayments;
const voidedIds = ({ voidedTickets }: Changes) => voidedTickets;
const changedSchedules = ({ seatStates }: Changes, { id }: Schedule) => (seatStates.size > 0 ? [id] : []);
const changedLists = (changes: Changes, { id }: Schedule) => (changesList(changes) ? [id] : []);
/** As the group leaves them: whoever came and went at once never waits beside their next entry. */
function enlistedRows({ enlisted, offeredEntries, withdrawnEntries }: Changes, { id: scheduleId }: Schedule) {
  const offered = new Set(offeredEntries);
  const left = new Set(withdrawnEntries.map(({ id }) => id));
  return enlisted.map((entry) => ({
    ...entry,
    scheduleId,
    isOffered: offered.has(entry.id),
    hasLeft: left.has(entry.id),
  }));
}
const offeredIds = ({ offeredEntries }: Changes) => offeredEntries;
const withdrawnIds = ({ withdrawnEntries }: Changes) => withdrawnEntries.map(({ id }) => id);
const bookingRows = ({ newBookings }: Changes, { id: scheduleId, concertId }: Schedule) =>
  newBookings.map((booking) => ({ ...booking, scheduleId, concertId }));
const claimRows = ({ claimedSeats }: Changes, { id: scheduleId }: Schedule) =>
  claimedSeats.map((claim) => ({ ...claim, scheduleId }));
const paymentRows = ({ newPayments }: Changes, { id: scheduleId, concertId, concertTitle }: Schedule) =>
  newPayments.map((payment) => ({ ...payment, scheduleId, concertId, concertTitle }));
const ticketRows = ({ newTickets }: Changes, { id: scheduleId }: Schedule) =>
  newTickets.map((ticket) => ({ ...ticket, scheduleId }));

function endedRows({ schedule, commands, ended }: EndedGroup): object[] {
  return commands.map(({ id, userId, kind, ...payload }, index) => {
    const its = ended[index];
    if (its?.id !== id) throw new Error(`Command ${id} has not ended`);
    const { status, outcome } = its;
    return { id, userId, scheduleId: schedule.id, kind, payload, status, outcome };
  });
}

/** A user's balance is that of the last entry that these groups added. */
function lastEntries(entries: readonly PointEntry[]): PointEntry[] {
  return [...new Map(entries.map((entry) => [entry.userId, entry])).values()];
}

import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { violatedConstraint } from '../lib/database-errors';
import { writeAudit } from './audit-log';
import { TYPED_CODE, typedCode } from './ticket-codes';

/** A ticket with what it takes to show it, at the door or to its owner. */
export interface TicketFacts {
  id: string;
  bookingId: string;
  userId: string;
  code: string;
  status: 'VALID' | 'USED' | 'VOID';
  usedAt: Date | null;
  createdAt: Date;
  concertId: string;
  concertTitle: string;
  scheduleId: string;
  startAt: Date;
  endAt: Date;
  seatNumber: number;
  section: string;
  row: string;
  /** Printed on the chair; null: its number. */
  label: string | null;
}

/** One scan at an entrance. */
export interface Scan {
  /** As it was typed or read. */
  code: string;
  /** Made by the device: the same scan sent again has the same. null: each time it is sent is a scan by itself. */
  scanId: string | null;
  /** The only date that is let in here; null: any. */
  scheduleId: string | null;
  staffId: string;
  requestId: string | null;
}

export type CheckIn =
  /** `again`: by this very scan, when it was sent before. */
  | { is: 'in'; ticket: TicketFacts; again: boolean }
  | { is: 'used' | 'void' | 'of another date'; ticket: TicketFacts }
  | { is: 'unknown' }
  /** Another ticket was used by a scan of this id. */
  | { is: 'scan of another ticket' };

/** A date at whose door staff may stand now. */
export interface DoorDate {
  id: string;
  concertTitle: string;
  startAt: Date;
  endAt: Date;
}

export interface TicketStore {
  /** Exact however many entrances ask at once, and against a cancellation in the same moment: one statement decides. */
  checkIn(scan: Scan): Promise<CheckIn>;
  /** @returns null when this user has no such ticket */
  find(id: string, userId: string): Promise<TicketFacts | null>;
  /** Shows of about today, by their start. */
  doorDates(): Promise<DoorDate[]>;
  /** How many tickets of a date there are, and how many of them are used. @returns null when there is no such date */
  doorCount(scheduleId: string): Promise<{ tickets: number; used: number } | null>;
}

type FoundByCode = TicketFacts & { scanId: string | null; isCalledOff: boolean };

export const TICKET_COLUMNS = `
  t.id, t.booking_id AS "bookingId", t.user_id AS "userId", t.code, t.status, t.used_at AS "usedAt",
  t.created_at AS "createdAt", s.concert_id AS "concertId", c.title AS "concertTitle", t.schedule_id AS "scheduleId",
  s.start_at AS "startAt", s.end_at AS "endAt", t.seat_number AS "seatNumber", seats.section, seats.row_name AS "row",
  seats.label`;
export const WITH_TICKET_PLACE = `
  JOIN schedules s ON s.id = t.schedule_id
  JOIN concerts c ON c.id = s.concert_id
  JOIN seats ON seats.schedule_id = t.schedule_id AND seats.number = t.seat_number`;

// Whoever cancels has locked the ticket before it looks (group-statements.ts): one of the two waits and then finds what the other did.
const USE = `
  UPDATE tickets SET status = 'USED', used_at = clock_timestamp(), scan_id = $2
   WHERE ${TYPED_CODE} = $1 AND status = 'VALID' AND ($3::bigint IS NULL OR schedule_id = $3)
     AND (SELECT cancelled_at IS NULL FROM schedules s WHERE s.id = schedule_id)
  RETURNING id`;
const BY_CODE = `
  SELECT ${TICKET_COLUMNS}, t.scan_id AS "scanId", s.cancelled_at IS NOT NULL AS "isCalledOff" FROM tickets t ${WITH_TICKET_PLACE} WHERE ${TYPED_CODE} = $1`;
const OF_USER = `
  SELECT ${TICKET_COLUMNS} FROM tickets t ${WITH_TICKET_PLACE} WHERE t.id = $1 AND t.user_id = $2`;
// Doors open before the show, and stay open for those who come late.
const DOOR_DATES = `
  SELECT s.id, c.title AS "concertTitle", s.start_at AS "startAt", s.end_at AS "endAt"
    FROM schedules s JOIN concerts c ON c.id = s.concert_id
   WHERE s.start_at BETWEEN statement_timestamp() - interval '2 days' AND statement_timestamp() + interval '1 day'
     AND s.end_at > statement_timestamp() - interval '6 hours'
   ORDER BY s.start_at, s.id LIMIT 100`;
const DOOR_COUNT = `
  SELECT its.* FROM schedules s,
    LATERAL (SELECT count(*)::int AS tickets, (count(*) FILTER (WHERE status = 'USED'))::int AS used
               FROM tickets WHERE schedule_id = s.id AND status <> 'VOID') AS its
   WHERE s.id = $1`;

/** Tickets, at the door and in their owners' hands. */
export function createTicketStore(sequelize: Sequelize): TicketStore {
  const select = async <Row extends object>(
    sql: string,
    bind: unknown[],
    transaction: Transaction | null = null,
  ): Promise<Row[]> => sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT, transaction });

  async function useOnce(scan: Scan, transaction: Transaction): Promise<CheckIn> {
    const code = typedCode(scan.code);
    const used = await select<{ id: string }>(USE, [code, scan.scanId, scan.scheduleId], transaction);
    const [found] = await select<FoundByCode>(BY_CODE, [code], transaction);
    if (found === undefined) return { is: 'unknown' };
    const { scanId, isCalledOff, ...ticket } = found;
    if (used.length > 0) {
      await noteUse(ticket, scan, transaction);
      return { is: 'in', ticket, again: false };
    }
    // A whole show's tickets are not void all at once.
    if (ticket.status === 'VOID' || isCalledOff) return { is: 'void', ticket };
    if (scan.scheduleId !== null && ticket.scheduleId !== scan.scheduleId)
      return { is: 'of another date', ticket };
    if (scan.scanId !== null && scan.scanId === scanId) return { is: 'in', ticket, again: true };
    return { is: 'used', ticket };
  }

  async function noteUse(ticket: TicketFacts, scan: Scan, transaction: Transaction): Promise<void> {
    await writeAudit(
      sequelize,
      {
        userId: scan.staffId,
        action: 'ticket.use',
        subject: `ticket:${ticket.id}`,
        before: { status: 'VALID' },
        after: { status: 'USED', usedAt: ticket.usedAt, scheduleId: ticket.scheduleId },
        requestId: scan.requestId,
      },
      transaction,
    );
  }

  return {
    checkIn: async (scan) => {
      try {
        return await inTransaction(sequelize, async (transaction) => useOnce(scan, transaction));
      } catch (error) {
        if (violatedConstraint(error) === 'tickets_scan_key') return { is: 'scan of another ticket' };
        throw error;
      }
    },
    find: async (id, userId) => (await select<TicketFacts>(OF_USER, [id, userId]))[0] ?? null,
    doorDates: async () => select<DoorDate>(DOOR_DATES, []),
    doorCount: async (scheduleId) => {
      const [count] = await select<{ tickets: number; used: number }>(DOOR_COUNT, [scheduleId]);
      return count ?? null;
    },
  };
}

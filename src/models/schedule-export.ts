import { QueryTypes, type Sequelize } from 'sequelize';
import type { BookingStatus } from '../booking/types';
import { inTransaction } from '../lib/database';
import { type DoneBy, writeAudit } from './audit-log';
import type { TicketFacts } from './ticket-store';

/** A seat of a booking, with its ticket where there is one. */
export interface ExportRow {
  bookingId: string;
  bookingStatus: BookingStatus;
  createdAt: Date;
  paidAt: Date | null;
  userId: string;
  email: string;
  name: string;
  seatNumber: number;
  section: string;
  row: string;
  price: number;
  ticketId: string | null;
  ticketCode: string | null;
  ticketStatus: TicketFacts['status'] | null;
  usedAt: Date | null;
}

export interface ScheduleExports {
  /**
   * Every booking of a date, whatever became of it, a row for each seat, by the time of their making. It is read in parts: each booking is as it
   * was when its part was read, and no connection waits for a slow reader. It is in the audit log before the first row is read.
   * @returns null when there is no such date
   */
  rows(scheduleId: string, by: DoneBy): Promise<AsyncIterable<ExportRow> | null>;
}

/** A part is put into words between two looks at the event loop. */
const BOOKINGS_AT_ONCE = 200;

const PART = `
  SELECT b.id AS "bookingId",
         CASE WHEN b.status = 'PENDING' AND b.expires_at <= statement_timestamp() THEN 'EXPIRED' ELSE b.status END AS "bookingStatus",
         b.created_at AS "createdAt", b.paid_at AS "paidAt", b.user_id AS "userId",
         coalesce(u.email, u.issuer_email, '') AS email, u.name, seats.number AS "seatNumber", seats.section,
         seats.row_name AS "row", seats.price::float8 AS price, t.id AS "ticketId", t.code AS "ticketCode",
         t.status AS "ticketStatus", t.used_at AS "usedAt"
    FROM (SELECT * FROM bookings WHERE schedule_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3) AS b
    JOIN users u ON u.id = b.user_id
    CROSS JOIN LATERAL unnest(b.seat_numbers) AS taken(number)
    JOIN seats ON seats.schedule_id = b.schedule_id AND seats.number = taken.number
    LEFT JOIN tickets t ON t.booking_id = b.id AND t.seat_number = taken.number
   ORDER BY b.id, seats.number`;

export function createScheduleExports(sequelize: Sequelize): ScheduleExports {
  async function* all(scheduleId: string): AsyncGenerator<ExportRow> {
    for (let after: string | null = null; ;) {
      const bind = [scheduleId, after, BOOKINGS_AT_ONCE];
      const part: ExportRow[] = await sequelize.query<ExportRow>(PART, { bind, type: QueryTypes.SELECT });
      const last = part.at(-1);
      if (last === undefined) return;
      yield* part;
      after = last.bookingId;
    }
  }

  return {
    rows: async (scheduleId, by) => {
      const exists = await inTransaction(sequelize, async (transaction) => {
        const sql = 'SELECT id FROM schedules WHERE id = $1';
        const found = await sequelize.query(sql, {
          bind: [scheduleId],
          type: QueryTypes.SELECT,
          transaction,
        });
        if (found.length === 0) return false;
        const entry = { ...by, action: 'schedule.export', subject: `schedule:${scheduleId}` };
        await writeAudit(sequelize, entry, transaction);
        return true;
      });
      return exists ? all(scheduleId) : null;
    },
  };
}

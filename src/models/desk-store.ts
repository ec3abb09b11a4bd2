import { QueryTypes, type Sequelize } from 'sequelize';
import type { QueuePolicy } from '../waiting-room/queue-policy';
import { OPENS_AT } from './room-rules';

/** A date as the desk lists it, and the version that its seats are of. */
export interface DeskDate {
  id: string;
  concertId: string;
  bookingStartAt: Date;
  bookingEndAt: Date;
  startAt: Date;
  /** Nobody can book for now. */
  stopped: boolean;
  version: number;
}

/** A concert whose room may be open tonight. */
export interface DeskConcert {
  id: string;
  title: string;
  policy: QueuePolicy;
  /** When its room opens by itself, or opened; null: no date that can be booked, now or later. */
  opensAt: Date | null;
}

/** What was paid for a date, and what was given back of it. */
export interface Money {
  revenue: number;
  refunded: number;
}

export interface DeskStore {
  /**
   * Concerts with a date on sale or about to be, and these others; those first, then what opens or opened last.
   * @param withRooms concerts that somebody waits for or is inside of
   */
  concerts(withRooms: readonly string[], most: number): Promise<DeskConcert[]>;
  /** Their dates that can still be booked, the next show first. */
  datesOf(concertIds: readonly string[], most: number): Promise<DeskDate[]>;
  /** All dates of a concert, over or not; null when there is no such concert. */
  allDates(concertId: string): Promise<Pick<DeskDate, 'id' | 'startAt'>[] | null>;
  /** By date. Reads an index entry for each payment of these dates. */
  money(scheduleIds: readonly string[]): Promise<Map<string, Money>>;
}

// By the index of shows to come: what is over, or on sale for months to come without anybody there, costs little.
const CONCERTS = `
  WITH tonight AS (
    SELECT concert_id, min(booking_start_at) AS starts_at FROM schedules
     WHERE start_at > statement_timestamp() AND booking_end_at > statement_timestamp()
       AND booking_start_at < statement_timestamp() + interval '1 day' AND cancelled_at IS NULL
     GROUP BY concert_id
  ), wanted AS (
    SELECT id, true AS has_room, NULL::timestamptz AS starts_at FROM unnest($1::bigint[]) id
    UNION ALL SELECT concert_id, false, starts_at FROM tonight WHERE concert_id <> ALL ($1::bigint[])
    ORDER BY has_room DESC, starts_at DESC, id DESC LIMIT $2
  )
  SELECT c.id, c.title, ${OPENS_AT} AS "opensBy", c.max_active AS "maxActive", c.admit_per_interval AS "admitPerInterval",
         c.admit_interval_ms AS "admitIntervalMs", c.active_ttl_seconds AS "activeTtlSeconds",
         c.abandon_after_seconds AS "abandonAfterSeconds", c.paused, c.opens_at AS "opensAt",
         c.admission_order AS "order", c.message, c.admit_beyond_stock AS "admitBeyondStock"
    FROM wanted w JOIN concerts c ON c.id = w.id
   ORDER BY w.has_room DESC, w.starts_at DESC, c.id DESC`;

const DATES = `
  SELECT id, concert_id AS "concertId", booking_start_at AS "bookingStartAt", booking_end_at AS "bookingEndAt",
         start_at AS "startAt", stopped, seat_version::float8 AS version
    FROM schedules
   WHERE concert_id = ANY ($1::bigint[]) AND start_at > statement_timestamp() AND booking_end_at > statement_timestamp()
     AND cancelled_at IS NULL
   ORDER BY start_at, id LIMIT $2`;

const ALL_DATES = `
  SELECT s.id, s.start_at AS "startAt" FROM concerts c LEFT JOIN schedules s ON s.concert_id = c.id
   WHERE c.id = $1 ORDER BY s.start_at, s.id`;

const MONEY = `
  SELECT schedule_id AS id, coalesce(sum(amount) FILTER (WHERE status = 'PAID'), 0)::float8 AS revenue,
         coalesce(sum(amount) FILTER (WHERE status = 'REFUNDED'), 0)::float8 AS refunded
    FROM payments WHERE schedule_id = ANY ($1::bigint[]) GROUP BY schedule_id`;

interface ConcertRow extends Omit<QueuePolicy, 'opensAt'> {
  id: string;
  title: string;
  opensAt: Date | null;
  opensBy: Date | null;
}

/** What Postgres knows of tonight's sale. */
export function createDeskStore(sequelize: Sequelize): DeskStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  return {
    concerts: async (withRooms, most) =>
      (await select<ConcertRow>(CONCERTS, [withRooms, most])).map(
        ({ id, title, opensBy, opensAt, ...policy }) => ({
          id,
          title,
          policy: { ...policy, opensAt: opensAt?.toISOString() ?? null },
          opensAt: opensBy,
        }),
      ),
    datesOf: async (concertIds, most) => select(DATES, [concertIds, most]),
    allDates: async (concertId) => {
      const rows = await select<{ id: string | null; startAt: Date }>(ALL_DATES, [concertId]);
      if (rows.length === 0) return null;
      return rows.flatMap(({ id, startAt }) => (id === null ? [] : [{ id, startAt }]));
    },
    money: async (scheduleIds) => {
      const rows = await select<Money & { id: string }>(MONEY, [scheduleIds]);
      const found = new Map(rows.map(({ id, revenue, refunded }) => [id, { revenue, refunded }]));
      return new Map(scheduleIds.map((id) => [id, found.get(id) ?? { revenue: 0, refunded: 0 }]));
    },
  };
}

import { QueryTypes, type Sequelize } from 'sequelize';
import type { ConcertFacts } from './concert-store';

/** A concert as it is chosen from a list. */
export interface ListedConcert extends ConcertFacts {
  dates: number;
  /** Of its next show; null: there is none ahead. */
  nextStartAt: Date | null;
}

/** A date with all that an operator set. */
export interface SetDate {
  id: string;
  concertId: string;
  bookingStartAt: Date;
  bookingEndAt: Date;
  startAt: Date;
  endAt: Date;
  singleSeats: 'allow' | 'refuse';
  offerTtlSeconds: number;
  seats: number;
  stopped: boolean;
  cancelledAt: Date | null;
  cancelReason: string | null;
}

/** What has a claim on seats of a date now, and what of it was paid. */
export interface LiveBookings {
  held: number;
  paid: number;
  paidPoints: number;
}

export interface DateSearch {
  /** Newest first, those made before the concert `before`. @param text an id, or a part of a title; '': all */
  concerts(text: string, limit: number, before: string | null): Promise<ListedConcert[]>;
  /** The first show first, those that are over included. */
  ofConcert(concertId: string): Promise<SetDate[]>;
  find(scheduleId: string): Promise<SetDate | null>;
  live(scheduleId: string): Promise<LiveBookings>;
}

// By title, all concerts are read: for operators, now and then.
const CONCERTS = `
  SELECT c.id::text, c.title, c.description, c.seat_limit AS "seatLimit", c.time_zone AS "timeZone",
         d.dates, d."nextStartAt"
    FROM concerts c, LATERAL (
      SELECT count(*)::int AS dates,
             min(s.start_at) FILTER (WHERE s.start_at > statement_timestamp() AND s.cancelled_at IS NULL) AS "nextStartAt"
        FROM schedules s WHERE s.concert_id = c.id) AS d
   WHERE ($1 = '' OR c.id::text = $1 OR strpos(lower(c.title), lower($1)) > 0) AND ($2::bigint IS NULL OR c.id < $2)
   ORDER BY c.id DESC LIMIT $3`;

const DATE = `
  SELECT s.id::text, s.concert_id::text AS "concertId", s.booking_start_at AS "bookingStartAt",
         s.booking_end_at AS "bookingEndAt", s.start_at AS "startAt", s.end_at AS "endAt",
         s.single_seats AS "singleSeats", s.offer_ttl_seconds AS "offerTtlSeconds", s.stopped,
         s.cancelled_at AS "cancelledAt", s.cancel_reason AS "cancelReason",
         (SELECT coalesce(max(number), 0) FROM seats WHERE seats.schedule_id = s.id) AS seats
    FROM schedules s`;

const LIVE = `
  SELECT count(*) FILTER (WHERE status = 'PENDING')::int AS held, count(*) FILTER (WHERE status = 'PAID')::int AS paid,
         coalesce(sum(total_price) FILTER (WHERE status = 'PAID'), 0)::float8 AS "paidPoints"
    FROM bookings WHERE id IN (SELECT booking_id FROM seat_claims WHERE schedule_id = $1)`;

/** Concerts and dates as operators look for them. Read from the truth: what they have just changed is in it. */
export function createDateSearch(sequelize: Sequelize): DateSearch {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  return {
    concerts: async (text, limit, before) => select<ListedConcert>(CONCERTS, [text, before, limit]),
    ofConcert: async (concertId) =>
      select<SetDate>(`${DATE} WHERE s.concert_id = $1 ORDER BY s.start_at, s.id`, [concertId]),
    find: async (scheduleId) => {
      const [found] = await select<SetDate>(`${DATE} WHERE s.id = $1`, [scheduleId]);
      return found ?? null;
    },
    live: async (scheduleId) => {
      const [found] = await select<LiveBookings>(LIVE, [scheduleId]);
      return found ?? { held: 0, paid: 0, paidPoints: 0 };
    },
  };
}

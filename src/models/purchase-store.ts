import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Booking, BookingStatus, Payment, Ticket } from '../booking/types';
import {
  bookingView,
  paymentView,
  ticketView,
  type BookingView,
  type PaymentView,
  type TicketView,
} from '../booking/views';
import type { CatalogEntry, SeatCatalog } from './seat-catalog';

/** A page of a list, newest first. `before`: the id of the last thing seen. */
export interface Page {
  limit: number;
  before: string | null;
}

export interface PurchaseStore {
  /** Which schedule a booking of this user belongs to: its commands go on that schedule's queue. */
  scheduleOf(bookingId: string, userId: string): Promise<{ scheduleId: string; concertId: string } | null>;
  booking(id: string, userId: string): Promise<BookingView | null>;
  bookings(userId: string, page: Page, status: BookingStatus | null): Promise<BookingView[]>;
  payments(userId: string, page: Page): Promise<PaymentView[]>;
  tickets(userId: string, page: Page): Promise<TicketView[]>;
}

// A hold that has ended is shown as ended, released or not: nothing may be done with it any more.
const STATUS = `CASE WHEN status = 'PENDING' AND expires_at <= statement_timestamp() THEN 'EXPIRED' ELSE status END`;
const BOOKING = `id, user_id AS "userId", concert_id AS "concertId", schedule_id AS "scheduleId",
  seat_numbers AS "seatNumbers", total_price::float8 AS "totalPrice", ${STATUS} AS status,
  ${ms('created_at')} AS "createdAt", ${ms('expires_at')} AS "expiresAt", ${ms('paid_at')} AS "paidAt"`;

const CACHED_PLACES = 20_000;

interface Placed {
  scheduleId: string;
  concertId: string;
}

/**
 * Where bookings belong, by `<booking> <user>`. That never changes, and is asked for twice with every payment: by the
 * guard, and to find the queue. Questions of one turn of the event loop share a statement.
 */
function placeLoader(select: <Row extends object>(sql: string, bind: unknown[]) => Promise<Row[]>) {
  const read = async (keys: readonly string[]): Promise<(Placed | null)[]> => {
    const rows = await select<Placed & { key: string }>(
      `SELECT x.key, b.schedule_id AS "scheduleId", b.concert_id AS "concertId"
         FROM unnest($1::text[]) AS x(key)
         JOIN bookings b ON b.id = split_part(x.key, ' ', 1)::uuid AND b.user_id = split_part(x.key, ' ', 2)::uuid`,
      [keys],
    );
    const found = new Map(rows.map(({ key, ...place }) => [key, place]));
    return keys.map((key) => found.get(key) ?? null);
  };
  return new DataLoader(read, {
    cacheMap: new LRUCache<string, Promise<Placed | null>>({ max: CACHED_PLACES }),
    batchScheduleFn: setImmediate,
    maxBatchSize: 500,
  });
}

export function createPurchaseStore(sequelize: Sequelize, catalog: SeatCatalog): PurchaseStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  const entryOf = async (scheduleId: string): Promise<CatalogEntry> => {
    const found = await catalog.find(scheduleId);
    if (found === null) throw new Error(`Schedule ${scheduleId} has vanished`);
    return found;
  };
  const view = async (booking: Booking & Placed): Promise<BookingView> => {
    const place = { id: booking.scheduleId, concertId: booking.concertId };
    return bookingView(booking, place, await catalog.seats(booking.scheduleId, booking.seatNumbers));
  };

  const places = placeLoader(select);

  return {
    scheduleOf: async (bookingId, userId) => {
      const key = `${bookingId} ${userId}`;
      const place = await places.load(key);
      // A booking may yet be made: its id is known from the moment that its hold was accepted.
      if (place === null) places.clear(key);
      return place;
    },
    booking: async (id, userId) => {
      const sql = `SELECT ${BOOKING} FROM bookings WHERE id = $1 AND user_id = $2`;
      const [booking] = await select<Booking & Placed>(sql, [id, userId]);
      return booking === undefined ? null : view(booking);
    },
    bookings: async (userId, { limit, before }, status) => {
      const rows = await select<Booking & Placed>(
        `SELECT ${BOOKING} FROM bookings
          WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR ${STATUS} = $3)
          ORDER BY id DESC LIMIT $4`,
        [userId, before, status, limit],
      );
      return Promise.all(rows.map(view));
    },
    payments: async (userId, { limit, before }) => {
      const rows = await select<Payment & Placed & { concertTitle: string }>(
        `SELECT id, booking_id AS "bookingId", user_id AS "userId", concert_id AS "concertId",
                schedule_id AS "scheduleId", concert_title AS "concertTitle", amount::float8 AS amount, status,
                ${ms('created_at')} AS "createdAt"
           FROM payments WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [userId, before, limit],
      );
      return rows.map((row) =>
        paymentView(row, { id: row.scheduleId, concertId: row.concertId, concertTitle: row.concertTitle }),
      );
    },
    tickets: async (userId, { limit, before }) => {
      const rows = await select<Ticket & { scheduleId: string }>(
        `SELECT id, booking_id AS "bookingId", user_id AS "userId", schedule_id AS "scheduleId",
                seat_number AS "seatNumber", code, status
           FROM tickets WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [userId, before, limit],
      );
      return Promise.all(
        rows.map(async (row) => {
          const [{ schedule }, seats] = await Promise.all([
            entryOf(row.scheduleId),
            catalog.seats(row.scheduleId, [row.seatNumber]),
          ]);
          return ticketView(row, schedule, seats);
        }),
      );
    },
  };
}

function ms(column: string): string {
  return `floor(extract(epoch FROM ${column}) * 1000)::float8`;
}

import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { literal, Op, QueryTypes, type Sequelize, where } from 'sequelize';
import type * as rules from '../booking/types';
import { type MayLag, onPrimary, type Where } from '../lib/lagging-reads';
import type { CatalogEntry, SeatCatalog } from './seat-catalog';
import { Booking, Payment, Ticket } from './tables';

/** A page of a list, newest first. `before`: the id of the last thing seen. */
export interface Page {
  limit: number;
  before: string | null;
}

/** Where a booking belongs. */
export interface Place {
  scheduleId: string;
  concertId: string;
  /** Made for an entry on a waiting list. */
  isOffer: boolean;
}

/** Things that somebody has, with what it takes to show them. */
export interface OwnBooking {
  booking: rules.Booking;
  schedule: Pick<rules.Schedule, 'id' | 'concertId'>;
  seats: rules.SeatsByNumber;
}
export interface OwnPayment {
  payment: rules.Payment;
  schedule: Pick<rules.Schedule, 'id' | 'concertId' | 'concertTitle'>;
}
export interface OwnTicket {
  ticket: rules.Ticket & { usedAt: number | null };
  schedule: rules.Schedule;
  seats: rules.SeatsByNumber;
}

export interface PurchaseStore {
  /** Which schedule a booking of this user belongs to: its commands go on that schedule's queue. */
  scheduleOf(bookingId: string, userId: string): Promise<Place | null>;
  booking(id: string, userId: string): Promise<OwnBooking | null>;
  bookings(userId: string, page: Page, status: rules.BookingStatus | null): Promise<OwnBooking[]>;
  payments(userId: string, page: Page): Promise<OwnPayment[]>;
  tickets(userId: string, page: Page): Promise<OwnTicket[]>;
}

/** What somebody has bought, and where each booking belongs. */
export function createPurchaseStore(
  sequelize: Sequelize,
  catalog: SeatCatalog,
  mayLag: MayLag = onPrimary,
): PurchaseStore {
  const places = placeLoader(sequelize);
  // Whoever has just bought something looks for it on the first page.
  const older = ({ before }: Page): MayLag => (before === null ? onPrimary : mayLag);

  async function own(booking: Booking): Promise<OwnBooking> {
    const { scheduleId, concertId, seatNumbers } = booking;
    const seats = await catalog.seats(scheduleId, seatNumbers);
    return { booking: bookingOf(booking), schedule: { id: scheduleId, concertId }, seats };
  }

  async function entryOf(scheduleId: string): Promise<CatalogEntry> {
    const found = await catalog.find(scheduleId);
    if (found === null) throw new Error(`Schedule ${scheduleId} has vanished`);
    return found;
  }

  return {
    scheduleOf: async (bookingId, userId) => {
      const key = `${bookingId} ${userId}`;
      const place = await places.load(key);
      // A booking may yet be made: its id is known from the moment that its hold was accepted.
      if (place === null) places.clear(key);
      return place;
    },
    booking: async (id, userId) => {
      const booking = await Booking.findOne({ ...WITH_STATUS_NOW, where: { id, userId } });
      return booking === null ? null : own(booking);
    },
    bookings: async (userId, page, status) => {
      const bookings = await older(page)(async (where) => bookingsOf(userId, page, status, where));
      return Promise.all(bookings.map(own));
    },
    payments: async (userId, page) => {
      const payments = await older(page)(async (where) =>
        Payment.findAll({ ...newestFirst(userId, page), ...where }),
      );
      return payments.map(ownPayment);
    },
    tickets: async (userId, page) => {
      const tickets = await older(page)(async (where) =>
        Ticket.findAll({ ...newestFirst(userId, page), ...where }),
      );
      return Promise.all(
        tickets.map(async ({ id, bookingId, seatNumber, scheduleId, code, status, usedAt }) => {
          const [{ schedule }, seats] = await Promise.all([
            entryOf(scheduleId),
            catalog.seats(scheduleId, [seatNumber]),
          ]);
          const used = usedAt?.getTime() ?? null;
          return {
            ticket: { id, bookingId, userId, seatNumber, code, status, usedAt: used },
            schedule,
            seats,
          };
        }),
      );
    },
  };
}

// A hold that has ended is shown as ended, released or not: nothing may be done with it any more. An expression, as the
// database's clock decides.
const STATUS_NOW = literal(
  `CASE WHEN status = 'PENDING' AND expires_at <= statement_timestamp() THEN 'EXPIRED' ELSE status END`,
);
const WITH_STATUS_NOW = {
  attributes: { include: [[STATUS_NOW, 'statusNow'] satisfies [typeof STATUS_NOW, string]] },
};

/** A page of anything that belongs to a user. Ids tell the time of their making. */
const newestFirst = (userId: string, { limit, before }: Page) => ({
  where: { userId, ...(before === null ? {} : { id: { [Op.lt]: before } }) },
  order: [['id', 'DESC'] satisfies [string, string]],
  limit,
});

async function bookingsOf(
  userId: string,
  page: Page,
  status: rules.BookingStatus | null,
  from: Where,
): Promise<Booking[]> {
  const list = newestFirst(userId, page);
  const inStatus = status === null ? {} : { [Op.and]: where(STATUS_NOW, status) };
  return Booking.findAll({ ...WITH_STATUS_NOW, ...list, ...from, where: { ...list.where, ...inStatus } });
}

const CACHED_PLACES = 20_000;

/**
 * Where bookings belong, by `<booking> <user>`. That never changes, and is asked for with every payment and each
 * repetition of it. Questions of one turn of the event loop share a statement. It is written by hand: Sequelize would
 * make its own anew for every payment, which costs more than running it.
 */
function placeLoader(sequelize: Sequelize) {
  const read = async (keys: readonly string[]): Promise<(Place | null)[]> => {
    const rows = await sequelize.query<Place & { key: string }>(
      `SELECT x.key, b.schedule_id AS "scheduleId", b.concert_id AS "concertId",
              b.entry_id IS NOT NULL AS "isOffer"
         FROM unnest($1::text[]) AS x(key)
         JOIN bookings b ON b.id = split_part(x.key, ' ', 1)::uuid AND b.user_id = split_part(x.key, ' ', 2)::uuid`,
      { bind: [keys], type: QueryTypes.SELECT },
    );
    const found = new Map(rows.map(({ key, ...place }) => [key, place]));
    return keys.map((key) => found.get(key) ?? null);
  };
  return new DataLoader(read, {
    cacheMap: new LRUCache<string, Promise<Place | null>>({ max: CACHED_PLACES }),
    batchScheduleFn: setImmediate,
    maxBatchSize: 500,
  });
}

function bookingOf(booking: Booking): rules.Booking {
  const { id, userId, seatNumbers, totalPrice, statusNow, createdAt, expiresAt, paidAt, entryId } = booking;
  return {
    id,
    userId,
    seatNumbers,
    totalPrice,
    status: statusNow,
    createdAt: createdAt.getTime(),
    expiresAt: expiresAt.getTime(),
    paidAt: paidAt?.getTime() ?? null,
    entryId,
  };
}

function ownPayment(row: Payment): OwnPayment {
  const { id, bookingId, userId, amount, status, createdAt, scheduleId, concertId, concertTitle } = row;
  return {
    payment: { id, bookingId, userId, amount, status, createdAt: createdAt.getTime() },
    schedule: { id: scheduleId, concertId, concertTitle },
  };
}

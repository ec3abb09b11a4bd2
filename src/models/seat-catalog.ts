import { LRUCache } from 'lru-cache';
import type { Sequelize } from 'sequelize';
import type { Schedule as ScheduleFacts } from '../booking/types';
import { Concert, Schedule, Seat } from './tables';

export interface CatalogSeat {
  number: number;
  section: string;
  row: string;
  price: number;
  attributes: Record<string, string | null>;
}

/** What never changes about a schedule once it exists, with its seats in order of their number. */
export interface Catalog {
  schedule: ScheduleFacts;
  endAt: number;
  seats: CatalogSeat[];
  prices: ReadonlyMap<number, number>;
}

export interface SeatCatalog {
  /** @returns null when there is no such schedule */
  find(scheduleId: string): Promise<Catalog | null>;
}

// Seats in memory at most, over all schedules: a few hundred bytes each.
const CACHED_SEATS = 500_000;

/** Reads schedules with their seats once per process: both are written once and never changed. */
export function createSeatCatalog(sequelize: Sequelize): SeatCatalog {
  const cache = new LRUCache<string, Catalog>({
    maxSize: CACHED_SEATS,
    sizeCalculation: ({ seats }) => seats.length + 1,
    // Concurrent misses share one load; a schedule that does not exist is asked for again next time.
    fetchMethod: async (scheduleId) => (await load(sequelize, scheduleId)) ?? undefined,
  });
  return { find: async (scheduleId) => (await cache.fetch(scheduleId)) ?? null };
}

async function load(sequelize: Sequelize, scheduleId: string): Promise<Catalog | null> {
  return sequelize.transaction(async (transaction) => {
    const schedule = await Schedule.findByPk(scheduleId, {
      include: [{ model: Concert, as: 'concert', required: true }],
      transaction,
    });
    if (schedule?.concert === undefined) return null;
    const rows = await Seat.findAll({ where: { scheduleId }, order: ['number'], transaction });
    const seats = rows.map((seat) => ({
      number: seat.number,
      section: seat.section,
      row: seat.rowName,
      price: Number(seat.price),
      attributes: seat.attributes,
    }));
    return {
      schedule: {
        id: schedule.id,
        concertId: schedule.concertId,
        concertTitle: schedule.concert.title,
        seatLimit: schedule.concert.seatLimit,
        bookingStartAt: schedule.bookingStartAt.getTime(),
        bookingEndAt: schedule.bookingEndAt.getTime(),
        startAt: schedule.startAt.getTime(),
      },
      endAt: schedule.endAt.getTime(),
      seats,
      prices: new Map(seats.map((seat) => [seat.number, seat.price])),
    };
  });
}

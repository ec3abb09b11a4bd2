import { QueryTypes, type Sequelize } from 'sequelize';
import { ON_SALE, PRESALES_NOW } from './room-rules';

/** A date whose seats can be had now, and the version that its seats are of. */
export interface DateOnSale {
  concertId: string;
  id: string;
  version: number;
}

/** How many seats of a date are free and held at one version; the others are sold or blocked. A hold counts until it is released. */
export interface SeatCounts {
  version: number;
  available: number;
  held: number;
  total: number;
  blocked: number;
}

export interface StockStore {
  /** By the database's clock. */
  datesOnSale(concertIds: readonly string[]): Promise<DateOnSale[]>;
  /** From the truth, each date in one snapshot. Reads a row for every seat that is held or sold. */
  countSeats(scheduleIds: readonly string[]): Promise<Map<string, SeatCounts>>;
}

const DATES_ON_SALE = `
  SELECT c.id AS "concertId", s.id, s.seat_version::float8 AS version
    FROM concerts c ${PRESALES_NOW} JOIN schedules s ON s.concert_id = c.id
   WHERE c.id = ANY($1::bigint[]) AND ${ON_SALE}`;

// Seats are numbered from 1, and never change: the highest number is a look-up in the index.
const SEAT_COUNTS = `
  SELECT s.id, s.seat_version::float8 AS version, hall.total, taken.held, taken.blocked,
         hall.total - taken.claimed AS available
    FROM schedules s,
         LATERAL (SELECT coalesce(max(number), 0) AS total FROM seats WHERE schedule_id = s.id) AS hall,
         LATERAL (SELECT count(*)::int AS claimed, (count(*) FILTER (WHERE b.status = 'PENDING'))::int AS held,
                         (count(*) FILTER (WHERE c.booking_id IS NULL))::int AS blocked
                    FROM seat_claims c LEFT JOIN bookings b ON b.id = c.booking_id WHERE c.schedule_id = s.id) AS taken
   WHERE s.id = ANY($1::bigint[])`;

/** What Postgres says of how many seats are left. */
export function createStockStore(sequelize: Sequelize): StockStore {
  const select = async <Row extends object>(sql: string, ids: readonly string[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind: [ids], type: QueryTypes.SELECT });
  return {
    datesOnSale: async (concertIds) => select(DATES_ON_SALE, concertIds),
    countSeats: async (scheduleIds) => {
      const rows = await select<SeatCounts & { id: string }>(SEAT_COUNTS, scheduleIds);
      return new Map(rows.map(({ id, ...counts }) => [id, counts]));
    },
  };
}

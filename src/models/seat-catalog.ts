import { LRUCache } from 'lru-cache';
import { literal, QueryTypes, type Sequelize } from 'sequelize';
import type { Schedule as ScheduleFacts, Seat, SeatRun, SeatsByNumber } from '../booking/types';
import { oneCommandPerTurn } from '../lib/one-command-per-turn';
import { Hall, type HallLayout } from './hall';
import { Concert, Schedule } from './tables';

/** What never changes about a schedule once it exists; its seats are numbered 1 to `seatCount`. */
export interface CatalogEntry {
  schedule: ScheduleFacts;
  seatCount: number;
}

/** Reads what is written once, and never more of it than is asked for: a hall may have a hundred thousand seats. */
export interface SeatCatalog {
  /** Costs nothing that grows with the hall: for whoever may be anybody. @returns null when there is no such schedule */
  find(scheduleId: string): Promise<CatalogEntry | null>;
  /** The seats named, those that exist. Concurrent callers share a statement. */
  seats(scheduleId: string, numbers: readonly number[]): Promise<SeatsByNumber>;
  /** The whole hall, for its map. */
  hall(scheduleId: string): Promise<Hall>;
  /**
   * The whole hall if it is in memory. Else it is read meanwhile for those who come later, provided that there is room
   * beside the halls in use: a hall that pushed out another one would be pushed out by that one next.
   */
  hallInMemory(entry: CatalogEntry): Hall | undefined;
}

export interface SeatCatalogOptions {
  /** Most runs of seats in memory, over all halls. */
  cachedRuns?: number;
}

const CACHED_RUNS = 500_000;
const CACHED_ENTRIES = 50_000;
const HALL_IDLE_MS = 600_000;
const PER_STATEMENT = 1000;

/** @param sequelize asked for what is not in memory */
export function createSeatCatalog(
  sequelize: Sequelize,
  { cachedRuns = CACHED_RUNS }: SeatCatalogOptions = {},
): SeatCatalog {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  // The one home of these facts: whatever comes to change a title or a limit has to drop them here.
  const entries = new LRUCache<string, CatalogEntry>({ max: CACHED_ENTRIES });
  const halls = new LRUCache<string, Hall>({
    maxSize: Math.max(1, cachedRuns),
    sizeCalculation: ({ runs }) => runs.length + 1,
    ttl: HALL_IDLE_MS,
    updateAgeOnGet: true,
  });
  const loading = new Map<string, Promise<Hall>>();

  const readEntries = oneCommandPerTurn(
    async (_kind: string, ids: readonly string[]) => {
      const found = new Map((await schedulesOf(ids)).map((schedule) => [schedule.id, entryOf(schedule)]));
      for (const [id, entry] of found) entries.set(id, entry);
      return ids.map((id) => found.get(id) ?? null);
    },
    { limit: PER_STATEMENT },
  );

  const readSeat = oneCommandPerTurn(
    async (_kind: string, named: readonly SeatName[]) => {
      const scheduleIds = named.map(({ scheduleId }) => scheduleId);
      const numbers = named.map(({ number }) => number);
      const rows = await select<Seat & { key: string }>(SEATS, [scheduleIds, numbers]);
      const found = new Map(rows.map(({ key, ...seat }) => [key, seat]));
      return named.map(({ scheduleId, number }) => found.get(`${scheduleId} ${number}`) ?? null);
    },
    { limit: PER_STATEMENT },
  );

  async function readHall(scheduleId: string): Promise<Hall> {
    const rows = await select<Omit<SeatRun, 'last'> & { seatCount: number }>(RUNS, [scheduleId]);
    const [placed] = await select<{ layout: HallLayout | null }>(LAYOUT, [scheduleId]);
    const hall = new Hall(
      rows.map(({ seatCount, ...run }, index) => ({
        ...run,
        last: (rows[index + 1]?.first ?? seatCount + 1) - 1,
      })),
      placed?.layout ?? null,
    );
    halls.set(scheduleId, hall);
    return hall;
  }

  /** One read serves everybody in this process who asks meanwhile. */
  async function hallOnce(scheduleId: string): Promise<Hall> {
    let started = loading.get(scheduleId);
    if (started === undefined) {
      started = readHall(scheduleId).finally(() => loading.delete(scheduleId));
      loading.set(scheduleId, started);
    }
    return started;
  }

  /** Even if no two of its seats are alike. One at a time: two could take the same room. */
  function hasRoom({ seatCount }: CatalogEntry): boolean {
    if (loading.size > 0) return false;
    halls.purgeStale();
    return halls.calculatedSize + seatCount < cachedRuns;
  }

  return {
    find: async (scheduleId) => entries.get(scheduleId) ?? readEntries('schedules', scheduleId),
    seats: async (scheduleId, numbers) => {
      const hall = halls.get(scheduleId);
      if (hall !== undefined) return hall;
      const seats = await Promise.all(
        numbers.map(async (number) => readSeat('seats', { scheduleId, number })),
      );
      return new Map(seats.flatMap((seat) => (seat === null ? [] : [[seat.number, seat]])));
    },
    hall: async (scheduleId) => halls.get(scheduleId) ?? hallOnce(scheduleId),
    hallInMemory: (entry) => {
      const hall = halls.get(entry.schedule.id);
      // Nobody waits for it, and who comes next tries again: its failure is nobody's.
      if (hall === undefined && hasRoom(entry)) hallOnce(entry.schedule.id).catch(() => undefined);
      return hall;
    },
  };
}

interface SeatName {
  scheduleId: string;
  number: number;
}

// The highest number is a look-up in the index; counting would read every seat.
const SEAT_COUNT = literal(
  '(SELECT coalesce(max(number), 0) FROM seats WHERE seats.schedule_id = "Schedule"."id")',
);

const schedulesOf = async (ids: readonly string[]): Promise<Schedule[]> =>
  Schedule.findAll({
    attributes: { include: [[SEAT_COUNT, 'seatCount']] },
    include: { model: Concert, as: 'concert', required: true },
    where: { id: [...ids] },
  });

// By pairs of numbers, which Sequelize would write as thousands of ORs. OFFSET 0 keeps it a look-up per seat, even when
// the planner takes a young table for a small one.
const SEATS = `
  SELECT x.schedule_id || ' ' || s.number AS key, s.number, s.section, s.row_name AS row, s.price::float8 AS price,
         s.standing AS "isStanding"
    FROM unnest($1::bigint[], $2::int[]) AS x(schedule_id, number), LATERAL (
      SELECT * FROM seats s WHERE s.schedule_id = x.schedule_id AND s.number = x.number OFFSET 0) AS s`;

// Where a run starts: the seat before differs, or there is none. Postgres finds them, so that a hall travels by its runs.
const RUNS = `
  SELECT first, section, row, price::float8 AS price, hstore_to_json(attributes) AS attributes, quality,
         standing AS "isStanding", "seatCount"
    FROM (SELECT number AS first, section, row_name AS row, price, attributes, quality, standing,
                 max(number) OVER () AS "seatCount",
                 (section, row_name, price, attributes, quality, standing) IS DISTINCT FROM
                 (lag(section) OVER run, lag(row_name) OVER run, lag(price) OVER run, lag(attributes) OVER run,
                  lag(quality) OVER run, lag(standing) OVER run) AS starts
            FROM seats WHERE schedule_id = $1 WINDOW run AS (ORDER BY number)) AS s
   WHERE starts ORDER BY first`;

const LAYOUT = 'SELECT layout FROM schedules WHERE id = $1';

function entryOf(row: Schedule): CatalogEntry {
  const { id, concertId, concert, seatCount, bookingStartAt, bookingEndAt, startAt } = row;
  const { singleSeats, offerTtlSeconds } = row;
  if (concert === undefined) throw new Error(`Schedule ${id} was read without its concert`);
  return {
    schedule: {
      id,
      concertId,
      concertTitle: concert.title,
      seatLimit: concert.seatLimit,
      bookingStartAt: bookingStartAt.getTime(),
      bookingEndAt: bookingEndAt.getTime(),
      startAt: startAt.getTime(),
      offerTtlMs: offerTtlSeconds * 1000,
      singleSeats,
    },
    seatCount,
  };
}

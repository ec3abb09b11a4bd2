import { fn, Op, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { BELOW_ORDINARY } from '../waiting-room/presale-range';
import type { HallLayout, SectionLayout } from './hall';
import { PresaleConflictError } from './presale-making';
import { IS_ITS_DATE, OPENING } from './room-rules';
import { Concert, Schedule } from './tables';

export interface NewSection {
  name: string;
  rows: number;
  seatsPerRow: number;
  price: number;
  attributes?: Record<string, string> | undefined;
  /** Places without a choice. */
  standing?: boolean | undefined;
  /** Per row, and per seat of a row: added up, they are a seat's quality. */
  rowQuality?: readonly number[] | undefined;
  seatQuality?: readonly number[] | undefined;
  layout?: SectionLayout | undefined;
}

export interface NewSchedule {
  concertId: string;
  bookingStartAt: Date;
  bookingEndAt: Date;
  startAt: Date;
  endAt: Date;
  /** How long an offer of the waiting list holds its seats. */
  offerTtlSeconds?: number | undefined;
  singleSeats?: 'allow' | 'refuse' | undefined;
  sections: NewSection[];
}

export interface ScheduleFacts {
  id: string;
  concertId: string;
  bookingStartAt: Date;
  bookingEndAt: Date;
  startAt: Date;
  endAt: Date;
}

/** The state of every seat of a schedule at one version, a character a seat: A(vailable), H(eld), S(old). */
export interface SeatStates {
  version: number;
  states: string;
  /** 32 bits a seat: when its hold ends, in seconds since 1970; 1 for a free seat, all ones for a sold one. */
  ends: Buffer;
  /** The show has ended. */
  isOver: boolean;
}

export interface ScheduleStore {
  /**
   * Makes the schedule with seats numbered 1..n through its sections. @returns null when there is no such concert
   * @throws PresaleConflictError when it would open the room to all before a presale ends
   */
  create(schedule: NewSchedule): Promise<{ schedule: ScheduleFacts; seats: number } | null>;
  /**
   * Those of a concert whose booking window is open now, by the database's clock. @param inPresale instead: those of a
   * presale, before their own window; null: all of the concert
   */
  bookable(concertId: string, inPresale?: readonly string[] | null): Promise<ScheduleFacts[]>;
  /** From the truth, in one snapshot. @returns null when there is no such schedule */
  seatStates(scheduleId: string): Promise<SeatStates | null>;
  seatVersions(scheduleIds: readonly string[]): Promise<Map<string, number>>;
  raiseSeatVersion(scheduleId: string, version: number): Promise<void>;
  /**
   * Schedules that need a worker: from a minute before booking starts until the show does (a paid booking may be
   * cancelled until then), and as long as they have live holds or queued commands. Of many a part: about `most` of them,
   * others with the next `turn`.
   */
  inUse(most: number, turn: number): Promise<string[]>;
}

/** Dates, their seats, and the state of these. */
export function createScheduleStore(sequelize: Sequelize): ScheduleStore {
  return {
    create: async (schedule) => create(sequelize, schedule),
    bookable: async (concertId, inPresale) => (await bookable(concertId, inPresale)).map(factsOf),
    seatStates: async (scheduleId) => {
      const bind = [scheduleId];
      const [row] = await sequelize.query<SeatStates>(SEAT_STATES, { bind, type: QueryTypes.SELECT });
      return row ?? null;
    },
    seatVersions: async (scheduleIds) => {
      const bind = [scheduleIds];
      const rows = await sequelize.query<SeatVersion>(SEAT_VERSIONS, { bind, type: QueryTypes.SELECT });
      return new Map(rows.map(({ id, version }) => [id, version]));
    },
    raiseSeatVersion: async (id, seatVersion) => {
      await Schedule.update({ seatVersion }, { where: { id, seatVersion: { [Op.lt]: seatVersion } } });
    },
    inUse: async (most, turn) => {
      const bind = [most, turn];
      const rows = await sequelize.query<{ id: string }>(IN_USE, { bind, type: QueryTypes.SELECT });
      return rows.map((row) => row.id);
    },
  };
}

const NOW = fn('statement_timestamp');

const bookable = async (concertId: string, inPresale?: readonly string[] | null): Promise<Schedule[]> =>
  Schedule.findAll({
    where: {
      concertId,
      bookingEndAt: { [Op.gte]: NOW },
      ...(inPresale === undefined ? { bookingStartAt: { [Op.lte]: NOW } } : {}),
      ...(inPresale ? { id: [...inPresale] } : {}),
    },
    order: ['startAt', 'id'],
  });

interface SeatVersion {
  id: string;
  version: number;
}

// Asked for all schedules in use, every few seconds: Sequelize would make a model of each for a single number.
const SEAT_VERSIONS =
  'SELECT id, seat_version::float8 AS version FROM schedules WHERE id = ANY($1::bigint[])';

// Everything in one string of one row: else every map that is noted anew would read a row for each seat of the hall.
const SEAT_STATES = `
  SELECT s.seat_version::float8 AS version, map.*,
         greatest(s.end_at, s.booking_end_at) <= statement_timestamp() AS "isOver"
    FROM schedules s, LATERAL (
      SELECT coalesce(string_agg(CASE b.status WHEN 'PAID' THEN 'S' WHEN 'PENDING' THEN 'H' ELSE 'A' END, ''
                                 ORDER BY seats.number), '') AS states,
             coalesce(string_agg(substring(int8send(CASE b.status
                                   WHEN 'PAID' THEN 4294967295
                                   WHEN 'PENDING' THEN floor(extract(epoch FROM b.expires_at))::bigint
                                   ELSE 1 END) FROM 5), ''::bytea ORDER BY seats.number), '') AS ends
        FROM seats
        LEFT JOIN seat_claims c ON c.schedule_id = seats.schedule_id AND c.seat_number = seats.number
        LEFT JOIN bookings b ON b.id = c.booking_id
       WHERE seats.schedule_id = s.id) AS map
   WHERE s.id = $1`;

// A union, which Sequelize does not know: each arm is a look-up in an index of its own.
// Postgres takes the part: to read ten thousand ids was a large part of what an idle worker did.
const IN_USE = `
  WITH in_use AS (
    SELECT id FROM schedules
     WHERE start_at > statement_timestamp() AND booking_start_at < statement_timestamp() + interval '1 minute'
    UNION SELECT s.id FROM presales p JOIN schedules s ON s.concert_id = p.concert_id AND ${IS_ITS_DATE}
           WHERE p.ends_at > statement_timestamp() AND p.starts_at < statement_timestamp() + interval '1 minute'
    UNION SELECT schedule_id FROM bookings WHERE status = 'PENDING'
    UNION SELECT schedule_id FROM commands WHERE status = 'queued'
  ), numbered AS (
    SELECT id, ceil(count(*) OVER () / $1::numeric) AS turns FROM in_use
  )
  SELECT id FROM numbered WHERE id % turns = $2::numeric % turns ORDER BY id`;

async function create(
  sequelize: Sequelize,
  { sections, ...facts }: NewSchedule,
): Promise<{ schedule: ScheduleFacts; seats: number } | null> {
  return sequelize.transaction(async (transaction) => {
    const concert = await Concert.findByPk(facts.concertId, { transaction });
    if (concert === null) return null;
    const schedule = await Schedule.create({ ...facts, layout: layoutOf(sections) }, { transaction });
    let seats = 0;
    for (const section of sections) {
      const attributes = Object.entries(section.attributes ?? {});
      // Postgres makes the rows: a hall of a hundred thousand seats does not travel.
      await sequelize.query(
        `INSERT INTO seats (schedule_id, number, section, row_name, price, attributes, standing, quality)
         SELECT $1, $2 + (r - 1) * $4 + s, $5, r::text, $6, hstore($7::text[], $8::text[]), $9,
                CASE WHEN num_nonnulls($10::int[], $11::int[]) > 0
                     THEN coalesce(($10::int[])[r], 0) + coalesce(($11::int[])[s], 0) END
           FROM generate_series(1, $3::int) r, generate_series(1, $4::int) s`,
        {
          bind: [
            schedule.id,
            seats,
            section.rows,
            section.seatsPerRow,
            section.name,
            section.price,
            attributes.map(([name]) => name),
            attributes.map(([, value]) => value),
            section.standing ?? false,
            section.rowQuality ?? null,
            section.seatQuality ?? null,
          ],
          transaction,
        },
      );
      seats += section.rows * section.seatsPerRow;
    }
    await refuseEarlyOpening(sequelize, schedule.concertId, transaction);
    return { schedule: factsOf(schedule), seats };
  });
}

/** null when nothing is said of any section: what most halls are. */
function layoutOf(sections: readonly NewSection[]): HallLayout | null {
  const placed = sections.flatMap(({ name, layout }) =>
    layout === undefined ? [] : [[name, layout] as const],
  );
  return placed.length === 0 ? null : Object.fromEntries(placed);
}

// Asked once the date is added.
const OPENS_EARLY = `
  SELECT max(p.ends_at) AS "endsAt" FROM concerts c JOIN presales p ON p.concert_id = c.id
   WHERE c.id = $1 AND c.room_watermark < ${BELOW_ORDINARY} AND p.ends_at > statement_timestamp()
     AND p.ends_at > (SELECT ${OPENING} FROM schedules s
                       WHERE s.concert_id = c.id AND s.booking_end_at >= statement_timestamp())
  HAVING count(*) > 0`;

/** Last of all, so that nobody waits long for the lock, under which presales are made. @throws PresaleConflictError */
async function refuseEarlyOpening(
  sequelize: Sequelize,
  concertId: string,
  transaction: Transaction,
): Promise<void> {
  await Concert.findByPk(concertId, { transaction, lock: transaction.LOCK.NO_KEY_UPDATE });
  const bind = [concertId];
  const [early] = await sequelize.query<{ endsAt: Date }>(OPENS_EARLY, {
    bind,
    type: QueryTypes.SELECT,
    transaction,
  });
  if (early === undefined) return;
  throw new PresaleConflictError(
    'bookingStartAt',
    `would open the room to all before ${early.endsAt.toISOString()}, when a presale ends: set opensAt of the waiting room first`,
  );
}

function factsOf(schedule: Schedule): ScheduleFacts {
  const { id, concertId, bookingStartAt, bookingEndAt, startAt, endAt } = schedule;
  return { id, concertId, bookingStartAt, bookingEndAt, startAt, endAt };
}

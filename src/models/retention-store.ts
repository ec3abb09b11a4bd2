import { QueryTypes, type Sequelize } from 'sequelize';
import { TIMES } from '../lib/times';

/** A schedule that is over, and its place in the order in which they ended. */
export interface OverSchedule {
  id: string;
  /** As Postgres writes it: a Date would lose digits, and with them schedules. */
  overAt: string;
  /** When it was found without live holds and queued commands, as Postgres writes it. */
  foundAt: string;
}

export interface OverRoom {
  concertId: string;
  epoch: number;
}

/** What may be forgotten. Each call is one small act: at most `limit` rows, safe to repeat and to run beside its copy. */
export interface RetentionStore {
  /**
   * Forgets commands that ended longer ago than that, and their idempotency keys with them. A schedule that had one of them
   * after it was forgotten has a queue again: it is to be forgotten again. @returns how many
   */
  forgetCommands(endedLongerThanMs: number, limit: number): Promise<number>;
  /** Forgets that tokens were revoked that have expired anyway. @returns how many */
  forgetRevokedTokens(limit: number): Promise<number>;
  /** Forgets places given up so long ago that no token of theirs is valid. @returns how many */
  forgetGivenUpPlaces(limit: number): Promise<number>;
  /** Forgets codes of presales whose concert's dates are all over for a day. @returns how many */
  forgetPresaleCodes(limit: number): Promise<number>;
  /** Schedules over for a day, without live holds, queued commands or refunds to come, that are not forgotten; those after `after`. */
  overSchedules(after: Pick<OverSchedule, 'id' | 'overAt'>, limit: number): Promise<OverSchedule[]>;
  /**
   * Forgets who waited for this schedule in vain, or left: those who were offered something belong to their booking.
   * @returns how many
   */
  forgetWaiting(scheduleId: string, limit: number): Promise<number>;
  scheduleForgotten(schedules: readonly OverSchedule[]): Promise<void>;
  /** Concerts that have dates, all of them over for a day, and a room that is not forgotten; those after that id. */
  overRooms(afterConcertId: string, limit: number): Promise<OverRoom[]>;
  roomForgotten(rooms: readonly OverRoom[]): Promise<void>;
}

/** Before the first of them. */
export const NO_SCHEDULE = { id: '0', overAt: '-infinity' };

const inSql = (milliseconds: number): string => `interval '${milliseconds} milliseconds'`;
// For those who look at a show once more after it, and for queue tokens, which are valid for a day.
const KEPT_AFTER_THE_END = inSql(TIMES.keptAfterTheEndMs);
// A web process whose clock is behind takes a token for valid a little longer.
const EXPIRED_FOR = inSql(TIMES.revokedTokensKeptMs);
// Queue tokens are valid for a day: after that nobody can ask for these places.
const GIVEN_UP_FOR = inSql(TIMES.placesGivenUpKeptMs);

// Ids are in order of time (UUIDv7), so the oldest commands stand first in the primary key; an index of when each ended
// would make every command dearer. One that ended late is passed over there until its own time has come.
const FORGET_COMMANDS = `
  WITH bound AS (SELECT statement_timestamp() - $1 * interval '1 millisecond' AS until),
  forgotten AS (
    DELETE FROM commands WHERE id = ANY(ARRAY(
      SELECT id FROM commands
       WHERE id < (SELECT (lpad(to_hex(floor(extract(epoch FROM until) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
                     FROM bound)
         AND finished_at < (SELECT until FROM bound)
       ORDER BY id LIMIT $2))
    RETURNING schedule_id, finished_at),
  used_again AS (
    UPDATE schedules s SET forgotten_at = NULL
      FROM (SELECT schedule_id, max(finished_at) AS at FROM forgotten GROUP BY schedule_id) AS used
     WHERE s.id = used.schedule_id AND s.forgotten_at <= used.at)
  SELECT count(*)::int AS count FROM forgotten`;

const FORGET_TOKENS = `
  WITH forgotten AS (
    DELETE FROM revoked_tokens WHERE token_id = ANY(ARRAY(
      SELECT token_id FROM revoked_tokens
       WHERE expires_at < statement_timestamp() - ${EXPIRED_FOR} ORDER BY expires_at LIMIT $1))
    RETURNING token_id)
  SELECT count(*)::int AS count FROM forgotten`;

const FORGET_PLACES = `
  WITH forgotten AS (
    DELETE FROM given_up_places g
      USING (SELECT concert_id, user_id FROM given_up_places
              WHERE given_up_at < statement_timestamp() - ${GIVEN_UP_FOR} ORDER BY given_up_at LIMIT $1) AS old
     WHERE g.concert_id = old.concert_id AND g.user_id = old.user_id
       -- Given up once more meanwhile.
       AND g.given_up_at < statement_timestamp() - ${GIVEN_UP_FOR}
    RETURNING g.user_id)
  SELECT count(*)::int AS count FROM forgotten`;

// One presale after the other. How many codes were claimed is a record, and stays.
const FORGET_CODES = `
  WITH over AS (
    SELECT p.id FROM presales p
     WHERE NOT p.codes_forgotten
       AND EXISTS (SELECT FROM schedules s WHERE s.concert_id = p.concert_id)
       AND NOT EXISTS (SELECT FROM schedules s WHERE s.concert_id = p.concert_id
                          AND greatest(end_at, booking_end_at) >= statement_timestamp() - ${KEPT_AFTER_THE_END})
     ORDER BY p.id LIMIT 1),
  oldest AS (
    SELECT presale_id, code_hash FROM presale_codes WHERE presale_id = (SELECT id FROM over) ORDER BY code_hash LIMIT $1 + 1),
  forgotten AS (
    DELETE FROM presale_codes o USING (SELECT * FROM oldest LIMIT $1) AS x
     WHERE o.presale_id = x.presale_id AND o.code_hash = x.code_hash RETURNING o.user_id),
  noted AS (
    UPDATE presales SET claims_forgotten = claims_forgotten + (SELECT count(user_id) FROM forgotten),
                        codes_forgotten = (SELECT count(*) FROM oldest) <= $1
     WHERE id = (SELECT id FROM over))
  SELECT count(*)::int AS count FROM forgotten`;

const OVER_SCHEDULES = `
  SELECT id, greatest(end_at, booking_end_at)::text AS "overAt", statement_timestamp()::text AS "foundAt"
    FROM schedules s
   WHERE forgotten_at IS NULL
     AND (greatest(end_at, booking_end_at), id) > ($1::timestamptz, $2::bigint)
     AND greatest(end_at, booking_end_at) < statement_timestamp() - ${KEPT_AFTER_THE_END}
     AND NOT EXISTS (SELECT FROM bookings b WHERE b.schedule_id = s.id AND b.status = 'PENDING')
     AND NOT EXISTS (SELECT FROM commands c WHERE c.schedule_id = s.id AND c.status = 'queued')
     -- Its refunds need the queue: made anew for them after this, it would never be forgotten.
     AND (cancelled_at IS NULL OR cancellation_done_at IS NOT NULL)
   ORDER BY greatest(end_at, booking_end_at), id LIMIT $3`;

const OVER_ROOMS = `
  SELECT id AS "concertId", room_epoch AS epoch FROM concerts c
   WHERE room_epoch > room_forgotten_epoch AND id > $1
     AND EXISTS (SELECT FROM schedules s WHERE s.concert_id = c.id)
     AND NOT EXISTS (SELECT FROM schedules s WHERE s.concert_id = c.id
                        AND greatest(end_at, booking_end_at) >= statement_timestamp() - ${KEPT_AFTER_THE_END})
   ORDER BY id LIMIT $2`;

const FORGET_WAITING = `
  WITH forgotten AS (
    DELETE FROM waitlist_entries WHERE id = ANY(ARRAY(
      SELECT id FROM waitlist_entries WHERE schedule_id = $1 AND offered_at IS NULL LIMIT $2))
    RETURNING id)
  SELECT count(*)::int AS count FROM forgotten`;

// Whoever joins next has nobody to wait for: the tokens of those who stood there have had their time. A room that was opened
// meanwhile is another one.
const ROOM_FORGOTTEN = `
  UPDATE concerts c SET room_forgotten_epoch = f.epoch, room_waiting = 0
    FROM json_to_recordset($1::json) AS f("concertId" bigint, epoch integer)
   WHERE c.id = f."concertId" AND c.room_epoch = f.epoch`;

export function createRetentionStore(sequelize: Sequelize): RetentionStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  const counted = async (sql: string, bind: unknown[]): Promise<number> =>
    (await select<{ count: number }>(sql, bind))[0]?.count ?? 0;

  return {
    forgetCommands: async (endedLongerThanMs, limit) => counted(FORGET_COMMANDS, [endedLongerThanMs, limit]),
    forgetRevokedTokens: async (limit) => counted(FORGET_TOKENS, [limit]),
    forgetGivenUpPlaces: async (limit) => counted(FORGET_PLACES, [limit]),
    forgetPresaleCodes: async (limit) => counted(FORGET_CODES, [limit]),
    overSchedules: async ({ overAt, id }, limit) => select(OVER_SCHEDULES, [overAt, id, limit]),
    forgetWaiting: async (scheduleId, limit) => counted(FORGET_WAITING, [scheduleId, limit]),
    scheduleForgotten: async (schedules) => {
      await sequelize.query(
        `UPDATE schedules s SET forgotten_at = f."foundAt"
           FROM json_to_recordset($1::json) AS f(id bigint, "foundAt" timestamptz) WHERE s.id = f.id`,
        { bind: [JSON.stringify(schedules)] },
      );
    },
    overRooms: async (afterConcertId, limit) => select(OVER_ROOMS, [afterConcertId, limit]),
    roomForgotten: async (rooms) => {
      await sequelize.query(ROOM_FORGOTTEN, { bind: [JSON.stringify(rooms)] });
    },
  };
}

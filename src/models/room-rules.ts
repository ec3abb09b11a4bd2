import { BELOW_ORDINARY } from '../waiting-room/presale-range';

/**
 * SQL: when the room of concert `c` opens, given its dates `s` that are not over. Its own moment, but not before the first of them
 * can be booked; null when neither is known.
 */
export const OPENING = 'greatest(c.opens_at, min(s.booking_start_at))';

const NOW = 'statement_timestamp()';

/** SQL: whether date `s` takes place, and its booking is not over. */
export const IS_AHEAD = `(s.booking_end_at >= ${NOW} AND s.cancelled_at IS NULL)`;

/** SQL: the opening of concert `c`, by itself. */
export const OPENS_AT = `(SELECT ${OPENING} FROM schedules s WHERE s.concert_id = c.id AND ${IS_AHEAD})`;

/** SQL: a moment in milliseconds since 1970. */
export const msOf = (moment: string): string => `floor(extract(epoch FROM ${moment}) * 1000)::float8`;

/** SQL: whether presale `p` runs by its own times, whatever its concert's room does. */
export const IN_WINDOW = `p.starts_at <= ${NOW} AND p.ends_at > ${NOW}`;

/**
 * SQL: whether the room of concert `c` is open to all, or was: once somebody without a code had a turn, codes mean nothing, whatever is
 * done to the moment later.
 */
export const OPEN_TO_ALL = `(c.room_watermark >= ${BELOW_ORDINARY} OR (
  SELECT coalesce(${OPENING} <= ${NOW} AND count(s.id) > 0, false) FROM schedules s
   WHERE s.concert_id = c.id AND ${IS_AHEAD}))`;

/** SQL: whether presale `p` runs. */
export const RUNS = `${IN_WINDOW} AND NOT (SELECT ${OPEN_TO_ALL} FROM concerts c WHERE c.id = p.concert_id)`;

/** SQL: whether date `s` is one of presale `p`'s, both of one concert. */
export const IS_ITS_DATE = `(p.schedule_ids IS NULL OR s.id = ANY(p.schedule_ids))`;

/**
 * SQL: how far the presales of concert `c` are, as long as its room is not open. One without a date that can be booked lets nobody in: they
 * would spend their time on an empty list.
 */
export const PRESALE_PHASE = `CASE WHEN c.room_watermark >= ${BELOW_ORDINARY} THEN 'NONE' ELSE coalesce((
  SELECT CASE WHEN bool_or(p.starts_at <= ${NOW} AND EXISTS (
                SELECT FROM schedules s WHERE s.concert_id = p.concert_id AND ${IS_AHEAD} AND ${IS_ITS_DATE}))
              THEN 'RUNS' ELSE 'AHEAD' END
    FROM presales p WHERE p.concert_id = c.id AND p.ends_at > ${NOW} HAVING count(*) > 0), 'NONE') END`;

/** SQL: when the last presale of concert `c` ends; null when they are over, or codes mean nothing any more. */
export const PRESALES_END = `(SELECT max(p.ends_at) FROM presales p
  WHERE p.concert_id = c.id AND p.ends_at > ${NOW} AND NOT ${OPEN_TO_ALL})`;

/**
 * SQL, for what `ON_SALE` stands in: once for each concert `c`, whether a presale of it runs, and whether one sells all dates. Asked for each
 * date this would read all of them as often.
 */
export const PRESALES_NOW = `CROSS JOIN LATERAL (
  SELECT count(*) > 0 AS run, coalesce(bool_or(p.schedule_ids IS NULL), false) AS sell_all
    FROM presales p WHERE p.concert_id = c.id AND ${RUNS}) AS presales_now`;

/**
 * SQL: whether seats of date `s` can be had by those who are let in now, given `PRESALES_NOW`: while a presale runs, whether one sells
 * the date, whatever its own window; else whether its booking window is open. And the show has not started, and nobody has stopped it.
 */
export const ON_SALE = `CASE WHEN presales_now.run THEN presales_now.sell_all OR EXISTS (
    SELECT FROM presales p WHERE p.concert_id = s.concert_id AND ${IN_WINDOW} AND ${IS_ITS_DATE})
    ELSE s.booking_start_at <= ${NOW} END
  AND ${IS_AHEAD} AND s.start_at > ${NOW} AND NOT s.stopped`;

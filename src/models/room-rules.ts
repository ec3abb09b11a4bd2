/**
 * SQL: when the room of concert `c` opens, given its dates `s` that are not over. Its own moment, but not before the first of them
 * can be booked; null when neither is known.
 */
export const OPENING = 'greatest(c.opens_at, min(s.booking_start_at))';

/** SQL: whether seats of date `s` can be had: its booking window is open, and the show has not started. */
export const ON_SALE = `s.booking_start_at <= statement_timestamp() AND s.booking_end_at >= statement_timestamp()
  AND s.start_at > statement_timestamp()`;

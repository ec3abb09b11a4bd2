/**
 * SQL: when the room of concert `c` opens, given its dates `s` that are not over. Its own moment, but not before the first of them
 * can be booked; null when neither is known.
 */
export const OPENING = 'greatest(c.opens_at, min(s.booking_start_at))';

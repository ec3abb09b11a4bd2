/** What `group-state.ts` asks Postgres: one statement per kind of row, for however many groups. */

/**
 * A list given as a parameter. Out of the planner's sight: where it sees how many entries a list has it plans every execution anew, as
 * few are cheaper than the number that a plan for all executions supposes. For a lone command that was most of Postgres' work.
 */
export const given = (parameter: number, type: 'bigint' | 'int' | 'uuid'): string =>
  `(SELECT $${parameter}::${type}[])::${type}[]`;

const ms = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::float8`;

export const LOCK = {
  name: 'group-lock',
  // Serializes the transactions of one schedule even when a worker that was paused past its BullMQ lock wakes up
  // beside its successor: the second waits here and then finds the commands finished. In one order everywhere: two
  // transactions of several schedules cannot wait for each other.
  text: `SELECT id::text, seat_version::float8 AS seats, waitlist_version::float8 AS waitlist FROM schedules WHERE id = ANY(${given(1, 'bigint')})
          ORDER BY schedules.id FOR NO KEY UPDATE`,
};
// Its moment is also the bound of what has ended: unlike clock_timestamp(), statement_timestamp() may be looked up in an
// index, and in a pipeline too it is taken when the statement's turn comes, after the lock was had.
export const CLOCK = {
  name: 'group-clock',
  text: `SELECT ${ms('statement_timestamp()')} AS now,
                (SELECT coalesce(json_agg(json_build_object('id', id, 'userId', user_id, 'kind', kind, 'status', status,
                                   'outcome', outcome, 'finishedAtMs', ${ms('finished_at')})), '[]')
                   FROM commands WHERE id = ANY(${given(1, 'uuid')}) AND status <> 'queued') AS ended`,
};
const BOOKING = `b.id, schedule_id::text, user_id, seat_numbers, total_price::float8, status, entry_id,
           ${ms('created_at')} AS created_at, ${ms('expires_at')} AS expires_at, ${ms('paid_at')} AS paid_at`;
export const BOOKINGS = {
  name: 'group-bookings',
  // OFFSET 0 keeps each arm a look-up per row: a join may be planned while the table is small, and then reads all of it
  // for every group of a sale.
  text: `
    WITH wanted AS (
      SELECT id FROM unnest(${given(2, 'uuid')}) AS x(id)
      UNION
      SELECT c.booking_id FROM unnest(${given(3, 'bigint')}, ${given(4, 'int')}) AS x(schedule_id, seat_number), LATERAL (
        SELECT booking_id FROM seat_claims c
         WHERE c.schedule_id = x.schedule_id AND c.seat_number = x.seat_number OFFSET 0) AS c
      UNION
      SELECT b.id FROM unnest(${given(5, 'bigint')}, ${given(6, 'bigint')}, ${given(7, 'uuid')}) AS x(concert_id, schedule_id, user_id), LATERAL (
        SELECT id FROM bookings b
         WHERE b.concert_id = x.concert_id AND b.user_id = x.user_id AND b.schedule_id = x.schedule_id
           AND status IN ('PENDING', 'PAID') OFFSET 0) AS b
      UNION
      SELECT b.id FROM unnest(${given(1, 'bigint')}) AS x(schedule_id), LATERAL (
        SELECT id FROM bookings b
         WHERE b.schedule_id = x.schedule_id AND status = 'PENDING' AND expires_at <= statement_timestamp()
         ORDER BY expires_at LIMIT $8) AS b
    )
    SELECT ${BOOKING}
      FROM wanted, LATERAL (SELECT * FROM bookings b WHERE b.id = wanted.id OFFSET 0) AS b
     WHERE schedule_id = ANY(${given(1, 'bigint')})`,
};
export const BALANCES = {
  name: 'group-balances',
  // In one order everywhere: two groups that pay for the same two users cannot wait for each other.
  text: `SELECT user_id, balance::float8, last_entry::float8 FROM points
          WHERE user_id = ANY(${given(1, 'uuid')}) ORDER BY user_id FOR UPDATE`,
};
export const PAYMENTS = {
  name: 'group-payments',
  text: `SELECT id, booking_id, user_id, amount::float8, status, ${ms('created_at')} AS created_at
           FROM payments WHERE booking_id = ANY(${given(1, 'uuid')})`,
};
export const TICKETS = {
  name: 'group-tickets',
  // Locked: the door takes no lock of the schedule, and must not use a ticket that is being given back. In one order everywhere.
  text: `SELECT id, booking_id, user_id, seat_number, code, status FROM tickets
          WHERE booking_id = ANY(${given(1, 'uuid')}) AND status <> 'VOID' ORDER BY id FOR NO KEY UPDATE`,
};
export const SEATS = {
  name: 'group-seats',
  text: `
    WITH wanted AS (
      SELECT schedule_id, seat_number FROM unnest(${given(1, 'bigint')}, ${given(2, 'int')}) AS x(schedule_id, seat_number)
      UNION
      SELECT b.schedule_id, unnest(b.seat_numbers) FROM unnest(${given(3, 'uuid')}) AS x(id), LATERAL (
        SELECT schedule_id, seat_numbers FROM bookings b WHERE b.id = x.id OFFSET 0) AS b
    )
    SELECT s.schedule_id::text, number, section, row_name AS row, price::float8, standing AS "isStanding"
      FROM wanted, LATERAL (
        SELECT * FROM seats s WHERE s.schedule_id = wanted.schedule_id AND s.number = wanted.seat_number OFFSET 0) AS s`,
};
export const TAKEN = {
  name: 'group-taken',
  // In one row: a full hall would be as many rows as it has seats.
  text: `SELECT coalesce(array_agg(seat_number), '{}') AS taken FROM seat_claims WHERE schedule_id = $1::bigint`,
};

const ENTRY = `e.id, e.schedule_id::text, e.user_id, e.sequence::float8, e.seat_count, e.sections, e.accessible,
           ${ms('e.created_at')} AS created_at`;
// Of whoever enlists, those that were offered something are enough: who waits is known as a whole.
export const LISTED = {
  name: 'group-listed',
  text: `
    WITH wanted AS (
      SELECT id FROM unnest(${given(1, 'uuid')}) AS x(id)
      UNION
      SELECT e.id FROM unnest(${given(2, 'bigint')}, ${given(3, 'uuid')}) AS x(schedule_id, user_id), LATERAL (
        SELECT id FROM waitlist_entries e
         WHERE e.user_id = x.user_id AND e.schedule_id = x.schedule_id AND offered_at IS NOT NULL OFFSET 0) AS e
    )
    SELECT ${ENTRY}, e.left_at IS NOT NULL AS has_left
      FROM wanted, LATERAL (SELECT * FROM waitlist_entries e WHERE e.id = wanted.id OFFSET 0) AS e`,
};
export const OFFERED = {
  name: 'group-offered',
  text: `SELECT ${BOOKING} FROM bookings b WHERE entry_id = ANY(${given(1, 'uuid')})`,
};
// With the live seats of whoever waits: nobody is offered more than the limit allows.
export const WAITING = {
  name: 'group-waiting',
  text: `
    SELECT ${ENTRY}, coalesce(live.seats, 0)::int AS live_seats
      FROM waitlist_entries e
      LEFT JOIN (SELECT user_id, sum(cardinality(seat_numbers)) AS seats FROM bookings
                  WHERE id IN (SELECT booking_id FROM seat_claims WHERE schedule_id = $1::bigint)
                  GROUP BY user_id) AS live ON live.user_id = e.user_id
     WHERE e.schedule_id = $1::bigint AND offered_at IS NULL AND left_at IS NULL
     ORDER BY sequence`,
};
export const LAST_SEQUENCE = {
  name: 'group-last-sequence',
  text: `SELECT coalesce(max(sequence), 0)::float8 AS sequence FROM waitlist_entries WHERE schedule_id = $1::bigint`,
};

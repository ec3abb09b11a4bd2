import type { Pool } from 'pg';
import type { CopiedHold } from './redis-alone-seats';

/**
 * Writes holds that were decided elsewhere, in the order of their decisions; those that are there already stay as they
 * are. Whose seats were given to somebody else had ended.
 */
export const CREATE_COPY = `
CREATE OR REPLACE FUNCTION redis_alone_copy(p_ids uuid[], p_users uuid[], p_concerts bigint[], p_schedules bigint[],
                                 p_prices bigint[], p_created float8[], p_ends float8[], p_seats text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_claimed int;
  v_ended uuid[];
BEGIN
  INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at)
    SELECT id, "user", concert, schedule, seats::int[], price, 'PENDING', to_timestamp(created / 1000),
           to_timestamp(ends / 1000)
      FROM unnest(p_ids, p_users, p_concerts, p_schedules, p_prices, p_created, p_ends, p_seats)
        AS h(id, "user", concert, schedule, price, created, ends, seats)
    ON CONFLICT (id) DO NOTHING;
  FOR attempt IN 1..2 LOOP
    INSERT INTO seat_claims (schedule_id, seat_number, booking_id)
      SELECT h.schedule, seat, h.id FROM unnest(p_schedules, p_ids, p_seats) AS h(schedule, id, seats),
             unnest(h.seats::int[]) seat
      ON CONFLICT (schedule_id, seat_number) DO NOTHING;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    EXIT WHEN v_claimed = (SELECT sum(cardinality(seats::int[])) FROM unnest(p_seats) seats);
    -- One seat at a time (OFFSET 0): a plan made while the table was empty would read it whole for each of them.
    SELECT array_agg(DISTINCT c.booking_id) INTO v_ended
      FROM unnest(p_schedules, p_seats) AS h(schedule, seats), unnest(h.seats::int[]) seat,
           LATERAL (SELECT booking_id FROM seat_claims
                     WHERE schedule_id = h.schedule AND seat_number = seat OFFSET 0) c
     WHERE c.booking_id <> ALL(p_ids);
    EXIT WHEN v_ended IS NULL;
    UPDATE bookings SET status = 'EXPIRED', updated_at = now() WHERE id = ANY(v_ended) AND status = 'PENDING';
    DELETE FROM seat_claims WHERE (schedule_id, seat_number) IN
      (SELECT schedule_id, unnest(seat_numbers) FROM bookings WHERE id = ANY(v_ended)) AND booking_id = ANY(v_ended);
  END LOOP;
END $$`;

const COPY = { name: 'copy', text: 'SELECT redis_alone_copy($1, $2, $3, $4, $5, $6, $7, $8)' };

/** Some holds in one transaction; in several where a seat comes twice: the first of its holds had ended by then. */
export async function copyHolds(pool: Pool, holds: readonly CopiedHold[]): Promise<void> {
  for (const part of withoutRepeats(holds)) {
    const column = <T>(of: (hold: CopiedHold) => T): T[] => part.map(of);
    await pool.query({
      ...COPY,
      values: [
        column(({ bookingId }) => bookingId),
        column(({ userId }) => userId),
        column(({ concertId }) => concertId),
        column(({ scheduleId }) => scheduleId),
        column(({ totalPrice }) => totalPrice),
        column(({ createdAtMs }) => createdAtMs),
        column(({ endsAtMs }) => endsAtMs),
        column(({ seatNumbers }) => `{${seatNumbers.join(',')}}`),
      ],
    });
  }
}

function withoutRepeats(holds: readonly CopiedHold[]): CopiedHold[][] {
  const parts: CopiedHold[][] = [];
  let seen = new Set<string>();
  for (const hold of holds) {
    const seats = hold.seatNumbers.map((number) => `${hold.scheduleId}-${number}`);
    if (parts.length === 0 || seats.some((seat) => seen.has(seat))) {
      parts.push([]);
      seen = new Set();
    }
    parts.at(-1)?.push(hold);
    for (const seat of seats) seen.add(seat);
  }
  return parts;
}

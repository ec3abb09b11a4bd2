import type { ScheduleFacts } from './catalogue';

/**
 * `direct`'s database side: one function call per request, committed by itself. Every rule that the service keeps, the
 * same tables and constraints; no command row (there is no queue to survive) and no seat-map version (one hot row that
 * every hold would wait for).
 */
export const FUNCTIONS = `
CREATE FUNCTION direct_hold(p_id uuid, p_user uuid, p_concert bigint, p_schedule bigint, p_seats int[],
                            p_price bigint, p_limit int, p_start timestamptz, p_end timestamptz, p_ttl_ms float8)
RETURNS TABLE (code text, created_at timestamptz, expires_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_live int;
  v_taken boolean;
  v_claims int;
  v_ended uuid[];
BEGIN
  IF v_now < p_start OR v_now > p_end THEN
    RETURN QUERY SELECT 'BOOKING_WINDOW_CLOSED', v_now, v_now; RETURN;
  END IF;

  -- Refused cheaply while somebody has the seat; the primary key decides between those who pass here together.
  SELECT coalesce(bool_or(b.status = 'PAID' OR b.expires_at > v_now), false), count(*) INTO v_taken, v_claims
    FROM seat_claims sc JOIN bookings b ON b.id = sc.booking_id
   WHERE sc.schedule_id = p_schedule AND sc.seat_number = ANY(p_seats);
  IF v_taken THEN RETURN QUERY SELECT 'SEAT_TAKEN', v_now, v_now; RETURN; END IF;

  -- The limit must hold between two requests of one user, too.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_user::text, p_schedule));
  SELECT coalesce(sum(cardinality(b.seat_numbers)), 0) INTO v_live FROM bookings b
    WHERE b.concert_id = p_concert AND b.user_id = p_user AND b.status IN ('PENDING', 'PAID')
      AND b.schedule_id = p_schedule AND (b.status = 'PAID' OR b.expires_at > v_now);
  IF v_live + cardinality(p_seats) > p_limit THEN
    RETURN QUERY SELECT 'SEAT_LIMIT', v_now, v_now; RETURN;
  END IF;

  -- Holds that have ended give their seats back to whoever comes next.
  IF v_claims > 0 THEN
    SELECT array_agg(DISTINCT booking_id) INTO v_ended FROM seat_claims
     WHERE schedule_id = p_schedule AND seat_number = ANY(p_seats);
    UPDATE bookings SET status = 'EXPIRED', updated_at = v_now
     WHERE id = ANY(v_ended) AND status = 'PENDING' AND bookings.expires_at <= v_now;
    DELETE FROM seat_claims sc USING bookings b
     WHERE b.id = ANY(v_ended) AND b.status = 'EXPIRED' AND sc.schedule_id = p_schedule
       AND sc.seat_number = ANY(b.seat_numbers) AND sc.booking_id = b.id;
  END IF;

  INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at,
                        expires_at)
  VALUES (p_id, p_user, p_concert, p_schedule, p_seats, p_price, 'PENDING', v_now,
          v_now + p_ttl_ms * interval '1 millisecond');
  INSERT INTO seat_claims (schedule_id, seat_number, booking_id)
    SELECT p_schedule, seat, p_id FROM unnest(p_seats) seat ORDER BY seat;
  RETURN QUERY SELECT 'OK', v_now, v_now + p_ttl_ms * interval '1 millisecond';
END $$;

CREATE FUNCTION direct_pay(p_booking uuid, p_user uuid, p_concert bigint, p_payment uuid, p_tickets uuid[], p_codes text[])
RETURNS TABLE (code text, schedule_id bigint, seat_numbers int[], total_price float8, created_at timestamptz,
               expires_at timestamptz, paid_at timestamptz, balance float8)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_b bookings;
  v_balance bigint;
  v_entry bigint;
  v_now timestamptz;
BEGIN
  SELECT * INTO v_b FROM bookings WHERE id = p_booking AND user_id = p_user AND concert_id = p_concert
    FOR NO KEY UPDATE;
  IF v_b.id IS NULL THEN RETURN QUERY SELECT 'BOOKING_NOT_FOUND', 0::bigint, ARRAY[]::int[], 0::float8,
    now(), now(), now(), 0::float8; RETURN; END IF;
  SELECT balance, coalesce(last_entry, 0) INTO v_balance, v_entry FROM points WHERE user_id = p_user
    FOR NO KEY UPDATE;
  v_now := clock_timestamp();
  code := CASE
    WHEN v_b.status = 'PAID' THEN 'ALREADY_PAID'
    WHEN v_b.status = 'CANCELLED' THEN 'ALREADY_CANCELLED'
    WHEN v_b.status = 'EXPIRED' OR v_b.expires_at <= v_now THEN 'HOLD_EXPIRED'
    WHEN v_balance < v_b.total_price THEN 'INSUFFICIENT_POINTS'
    ELSE 'OK' END;
  IF code = 'OK' THEN
    UPDATE bookings SET status = 'PAID', paid_at = v_now, updated_at = v_now WHERE id = p_booking;
    INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type, booking_id, created_at)
      VALUES (p_user, v_entry + 1, -v_b.total_price, v_balance, v_balance - v_b.total_price, 'USE', p_booking, v_now);
    UPDATE points SET balance = v_balance - v_b.total_price, last_entry = v_entry + 1, updated_at = v_now
      WHERE user_id = p_user;
    INSERT INTO payments (id, booking_id, user_id, concert_id, schedule_id, concert_title, amount, status, created_at)
      SELECT p_payment, p_booking, p_user, v_b.concert_id, v_b.schedule_id, c.title, v_b.total_price, 'PAID', v_now
        FROM concerts c WHERE c.id = v_b.concert_id;
    INSERT INTO tickets (id, booking_id, user_id, schedule_id, seat_number, code, status, created_at)
      SELECT p_tickets[i], p_booking, p_user, v_b.schedule_id, v_b.seat_numbers[i], p_codes[i], 'VALID', v_now
        FROM generate_subscripts(v_b.seat_numbers, 1) i;
  END IF;
  RETURN QUERY SELECT code, v_b.schedule_id, v_b.seat_numbers, v_b.total_price::float8, v_b.created_at,
    v_b.expires_at, v_now, (v_balance - v_b.total_price)::float8;
END $$;
`;

export const HOLD = {
  name: 'hold',
  text: 'SELECT * FROM direct_hold($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
};
export const PAY = { name: 'pay', text: 'SELECT * FROM direct_pay($1, $2, $3, $4, $5, $6)' };

/** What never changes about a schedule comes as parameters: the process knows it. */
export function holdValues(hold: Hold, schedule: ScheduleFacts): unknown[] {
  const { id, userId, scheduleId, seatNumbers, totalPrice, ttlMs } = hold;
  const { concertId, seatLimit, bookingStartAt, bookingEndAt } = schedule;
  const fixed = [totalPrice, seatLimit, bookingStartAt, bookingEndAt, ttlMs];
  return [id, userId, concertId, scheduleId, seatNumbers, ...fixed];
}

interface Hold {
  id: string;
  userId: string;
  scheduleId: string;
  seatNumbers: number[];
  totalPrice: number;
  ttlMs: number;
}

/** What the service's own role has in force. */
export const NEVER_WHOLE_TABLES = '-c enable_seqscan=off';

/**
 * How connections are set: plans are made once (with arrays as parameters Postgres would plan anew every time), nothing
 * here is worth compiling, and no table is read whole, as with ours.
 */
export const CONNECTION_OPTIONS = `-c plan_cache_mode=force_generic_plan -c jit=off ${NEVER_WHOLE_TABLES}`;

export interface HoldRow {
  code: string;
  created_at: Date;
  expires_at: Date;
}

export interface PayRow extends HoldRow {
  total_price: number;
  schedule_id: string;
  seat_numbers: number[];
  paid_at: Date;
  balance: number;
}

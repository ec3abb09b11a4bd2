/**
 * `direct` choosing seats itself: a table with a line per row of the hall, of which each request locks the first that has so
 * many seats side by side and that nobody else has locked. It takes the first that fit, whatever they leave beside them,
 * and never gives back what a hold that has ended had: less work than ours.
 */
export const BEST_FUNCTIONS = `
CREATE TABLE direct_rows (
  schedule_id bigint, row_number int, first int, price bigint,
  -- A point for a free seat, an x for a taken one.
  seats text, longest int, is_open boolean,
  PRIMARY KEY (schedule_id, row_number)
) WITH (fillfactor = 50);
INSERT INTO direct_rows
  SELECT schedule_id, row_number() OVER (PARTITION BY schedule_id ORDER BY min(number)), min(number), min(price),
         repeat('.', count(*)::int), count(*), true
    FROM seats GROUP BY schedule_id, section, row_name;
-- Changes to a row leave this index alone until the row is full.
CREATE INDEX direct_rows_open ON direct_rows (schedule_id, row_number) WHERE is_open;
ANALYZE direct_rows;

CREATE FUNCTION direct_best(p_id uuid, p_user uuid, p_concert bigint, p_schedule bigint, p_count int,
                            p_limit int, p_start timestamptz, p_end timestamptz, p_ttl_ms float8)
RETURNS TABLE (code text, created_at timestamptz, expires_at timestamptz, seat_numbers int[], total_price float8)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_now timestamptz := clock_timestamp();
  v_end timestamptz := v_now + p_ttl_ms * interval '1 millisecond';
  v_live int;
  v_row direct_rows;
  v_at int;
  v_seats int[];
BEGIN
  IF v_now < p_start OR v_now > p_end THEN
    RETURN QUERY SELECT 'BOOKING_WINDOW_CLOSED', v_now, v_now, v_seats, 0::float8; RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(p_user::text, p_schedule));
  SELECT coalesce(sum(cardinality(b.seat_numbers)), 0) INTO v_live FROM bookings b
    WHERE b.concert_id = p_concert AND b.user_id = p_user AND b.status IN ('PENDING', 'PAID')
      AND b.schedule_id = p_schedule AND (b.status = 'PAID' OR b.expires_at > v_now);
  IF v_live + p_count > p_limit THEN
    RETURN QUERY SELECT 'SEAT_LIMIT', v_now, v_now, v_seats, 0::float8; RETURN;
  END IF;

  SELECT * INTO v_row FROM direct_rows r
   WHERE r.schedule_id = p_schedule AND r.is_open AND r.longest >= p_count
   ORDER BY r.row_number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    -- Others have them all: waits for one.
    SELECT * INTO v_row FROM direct_rows r
     WHERE r.schedule_id = p_schedule AND r.is_open AND r.longest >= p_count
     ORDER BY r.row_number LIMIT 1 FOR NO KEY UPDATE;
  END IF;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'NOT_TOGETHER', v_now, v_now, v_seats, 0::float8; RETURN;
  END IF;
  v_at := strpos(v_row.seats, repeat('.', p_count));
  v_row.seats := overlay(v_row.seats PLACING repeat('x', p_count) FROM v_at);
  SELECT coalesce(max(length(run)), 0) INTO v_row.longest FROM string_to_table(v_row.seats, 'x') run;
  UPDATE direct_rows r SET seats = v_row.seats, longest = v_row.longest, is_open = v_row.longest > 0
   WHERE r.schedule_id = p_schedule AND r.row_number = v_row.row_number;
  SELECT array_agg(n) INTO v_seats FROM generate_series(v_row.first + v_at - 1, v_row.first + v_at + p_count - 2) n;

  INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at,
                        expires_at)
  VALUES (p_id, p_user, p_concert, p_schedule, v_seats, v_row.price * p_count, 'PENDING', v_now, v_end);
  INSERT INTO seat_claims (schedule_id, seat_number, booking_id)
    SELECT p_schedule, seat, p_id FROM unnest(v_seats) seat;
  RETURN QUERY SELECT 'OK', v_now, v_end, v_seats, (v_row.price * p_count)::float8;
END $$;
`;

export const BEST = {
  name: 'best',
  text: 'SELECT * FROM direct_best($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};

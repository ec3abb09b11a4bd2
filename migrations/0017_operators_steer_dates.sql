-- What operators do with a date that is on sale: stop it, move it, keep seats out of it, call it off.

ALTER TABLE schedules
  ADD COLUMN stopped boolean NOT NULL DEFAULT false,
  -- Both null: it takes place.
  ADD COLUMN cancelled_at timestamptz,
  ADD COLUMN cancel_reason text CHECK (char_length(cancel_reason) BETWEEN 1 AND 500),
  -- What the cancellation has done so far, counted in the transactions that do it.
  ADD COLUMN cancelled_bookings integer NOT NULL DEFAULT 0,
  ADD COLUMN refunded_bookings integer NOT NULL DEFAULT 0,
  ADD COLUMN refunded_points bigint NOT NULL DEFAULT 0,
  -- When no live booking was left.
  ADD COLUMN cancellation_done_at timestamptz,
  -- When any of its terms was last changed; null: never. Every process drops by this what it has in memory.
  ADD COLUMN terms_changed_at timestamptz,
  ADD CONSTRAINT schedules_cancelled CHECK (num_nulls(cancelled_at, cancel_reason) IN (0, 2)),
  ADD CONSTRAINT schedules_cancellation_done CHECK (cancellation_done_at IS NULL OR cancelled_at IS NOT NULL);

-- Without a booking: the seat is out of sale. The same primary key keeps it apart from holds and sales.
ALTER TABLE seat_claims ALTER COLUMN booking_id DROP NOT NULL;

-- Checked for those who are there by a later migration: else recording commands would wait meanwhile.
ALTER TABLE commands DROP CONSTRAINT commands_kind_check,
  ADD CONSTRAINT commands_kind_check
    CHECK (kind IN ('hold', 'pay', 'cancel', 'charge', 'enlist', 'withdraw', 'block', 'unblock')) NOT VALID;

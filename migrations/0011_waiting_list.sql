-- The waiting list of a date: who gets the seats that come free once it is sold out.

ALTER TABLE schedules
  -- Raised by every transaction that changes who waits. 0: nobody ever did.
  ADD COLUMN waitlist_version bigint NOT NULL DEFAULT 0,
  -- How long an offer holds its seats.
  ADD COLUMN offer_ttl_seconds integer NOT NULL DEFAULT 600 CHECK (offer_ttl_seconds > 0);

CREATE TABLE waitlist_entries (
  -- The id of the command that made it.
  id uuid PRIMARY KEY,
  schedule_id bigint NOT NULL REFERENCES schedules (id),
  user_id uuid NOT NULL REFERENCES users (id),
  -- Given under the schedule's lock: who came first is looked at first.
  sequence bigint NOT NULL CHECK (sequence > 0),
  seat_count integer NOT NULL CHECK (seat_count BETWEEN 1 AND 100),
  -- null: any.
  sections text[] CHECK (cardinality(sections) > 0),
  accessible boolean NOT NULL,
  created_at timestamptz NOT NULL,
  -- Both null: it waits. What became of an offer is what became of its booking, which is written once.
  offered_at timestamptz,
  left_at timestamptz,
  CONSTRAINT waitlist_entries_offered_or_left CHECK (num_nonnulls(offered_at, left_at) <= 1),
  CONSTRAINT waitlist_entries_sequence_key UNIQUE (schedule_id, sequence)
);
CREATE UNIQUE INDEX waitlist_entries_waiting_user ON waitlist_entries (schedule_id, user_id)
  WHERE offered_at IS NULL AND left_at IS NULL;
CREATE INDEX waitlist_entries_waiting ON waitlist_entries (schedule_id, sequence)
  WHERE offered_at IS NULL AND left_at IS NULL;
CREATE INDEX waitlist_entries_user ON waitlist_entries (user_id, id);

-- The entry that a booking was offered to; null for seats that somebody chose.
-- Unique by a later migration: reading all bookings under this one's locks would stop the sale.
ALTER TABLE bookings ADD COLUMN entry_id uuid REFERENCES waitlist_entries (id);

-- Checked for those who are there by a later migration, for the same reason.
ALTER TABLE commands DROP CONSTRAINT commands_kind_check,
  ADD CONSTRAINT commands_kind_check
    CHECK (kind IN ('hold', 'pay', 'cancel', 'charge', 'enlist', 'withdraw')) NOT VALID;

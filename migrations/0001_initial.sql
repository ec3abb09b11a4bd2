-- The whole schema. What the invariants in ARCHITECTURE.md promise, the constraints here refuse by themselves.

CREATE EXTENSION IF NOT EXISTS hstore;

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL,
  name          text NOT NULL,
  password_hash text NOT NULL,
  role          text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'operator')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- Signed-out access tokens, kept until they would have expired anyway.
CREATE TABLE revoked_tokens (
  token_id   uuid PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX revoked_tokens_revoked_at ON revoked_tokens (revoked_at);

-- A balance is the sum of its history, by construction: each entry continues the one before it (first foreign
-- key), and the balance is that of its last entry (second foreign key). A write that breaks the chain is refused.
CREATE TABLE points (
  user_id    uuid PRIMARY KEY REFERENCES users (id),
  balance    bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
  last_entry bigint,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT points_without_history_are_zero CHECK (last_entry IS NOT NULL OR balance = 0)
);
CREATE TABLE point_histories (
  user_id        uuid NOT NULL REFERENCES points (user_id),
  entry          bigint NOT NULL CHECK (entry > 0),
  previous_entry bigint GENERATED ALWAYS AS (nullif(entry - 1, 0)) STORED,
  amount         bigint NOT NULL,
  balance_before bigint NOT NULL,
  balance_after  bigint NOT NULL CHECK (balance_after >= 0),
  type           text NOT NULL,
  booking_id     uuid,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, entry),
  CONSTRAINT point_histories_entry_balance_key UNIQUE (user_id, entry, balance_after),
  CONSTRAINT point_histories_continue FOREIGN KEY (user_id, previous_entry, balance_before)
    REFERENCES point_histories (user_id, entry, balance_after),
  CONSTRAINT point_histories_start_at_zero CHECK (entry > 1 OR balance_before = 0),
  CONSTRAINT point_histories_sum CHECK (balance_after = balance_before + amount),
  CONSTRAINT point_histories_sign CHECK (
    (type = 'CHARGE' AND amount > 0 AND booking_id IS NULL)
    OR (type = 'USE' AND amount <= 0 AND booking_id IS NOT NULL)
    OR (type = 'REFUND' AND amount >= 0 AND booking_id IS NOT NULL))
);
-- One debit and one refund per booking, whatever runs twice.
CREATE UNIQUE INDEX point_histories_booking_key ON point_histories (booking_id, type) WHERE booking_id IS NOT NULL;
ALTER TABLE points ADD CONSTRAINT points_equal_last_entry FOREIGN KEY (user_id, last_entry, balance)
  REFERENCES point_histories (user_id, entry, balance_after);

CREATE TABLE concerts (
  id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title                 text NOT NULL,
  description           text NOT NULL,
  seat_limit            integer NOT NULL CHECK (seat_limit > 0),
  max_active            integer NOT NULL CHECK (max_active >= 0),
  admit_per_interval    integer NOT NULL CHECK (admit_per_interval > 0),
  admit_interval_ms     integer NOT NULL CHECK (admit_interval_ms > 0),
  active_ttl_seconds    integer NOT NULL CHECK (active_ttl_seconds > 0),
  abandon_after_seconds integer NOT NULL CHECK (abandon_after_seconds > 0),
  paused                boolean NOT NULL,
  -- How often this concert's waiting room has been opened; more than once means that Redis lost it.
  room_epoch            integer NOT NULL DEFAULT 0,
  created_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE schedules (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  concert_id       bigint NOT NULL REFERENCES concerts (id),
  booking_start_at timestamptz NOT NULL,
  booking_end_at   timestamptz NOT NULL,
  start_at         timestamptz NOT NULL,
  end_at           timestamptz NOT NULL,
  -- Goes up with every transaction that changes a seat's state: the seat map's version and ETag.
  seat_version     bigint NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT schedules_booking_window CHECK (booking_start_at < booking_end_at),
  CONSTRAINT schedules_show CHECK (start_at < end_at)
);
CREATE INDEX schedules_concert ON schedules (concert_id, start_at);
CREATE INDEX schedules_start_at ON schedules (start_at);

-- What never changes about a seat. Numbers run 1..n through a schedule: they are the seat map's positions.
CREATE TABLE seats (
  schedule_id bigint NOT NULL REFERENCES schedules (id),
  number      integer NOT NULL CHECK (number > 0),
  section     text NOT NULL,
  row_name    text NOT NULL,
  price       bigint NOT NULL CHECK (price >= 0),
  attributes  hstore NOT NULL DEFAULT '',
  PRIMARY KEY (schedule_id, number)
);

CREATE TABLE bookings (
  -- The id of the hold command that made it: running that command twice cannot make two bookings.
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users (id),
  concert_id   bigint NOT NULL REFERENCES concerts (id),
  schedule_id  bigint NOT NULL REFERENCES schedules (id),
  seat_numbers integer[] NOT NULL CHECK (cardinality(seat_numbers) > 0),
  total_price  bigint NOT NULL CHECK (total_price >= 0),
  status       text NOT NULL CHECK (status IN ('PENDING', 'PAID', 'EXPIRED', 'CANCELLED')),
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  paid_at      timestamptz,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT bookings_paid_in_time CHECK (paid_at < expires_at),
  CONSTRAINT bookings_paid_at CHECK (
    (status = 'PAID' AND paid_at IS NOT NULL)
    OR (status IN ('PENDING', 'EXPIRED') AND paid_at IS NULL)
    OR status = 'CANCELLED')
);
CREATE INDEX bookings_user ON bookings (user_id, id);
-- A user's live bookings: for the seat limit, and for whoever must not lose an admission.
CREATE INDEX bookings_live ON bookings (concert_id, user_id) WHERE status IN ('PENDING', 'PAID');
CREATE INDEX bookings_due ON bookings (schedule_id, expires_at) WHERE status = 'PENDING';

-- The live holds and sales, and nothing else: the primary key is what makes selling a seat twice impossible.
CREATE TABLE seat_claims (
  schedule_id bigint NOT NULL,
  seat_number integer NOT NULL,
  booking_id  uuid NOT NULL REFERENCES bookings (id),
  PRIMARY KEY (schedule_id, seat_number),
  FOREIGN KEY (schedule_id, seat_number) REFERENCES seats (schedule_id, number)
);

CREATE TABLE payments (
  id            uuid PRIMARY KEY,
  booking_id    uuid NOT NULL CONSTRAINT payments_booking_key UNIQUE REFERENCES bookings (id),
  user_id       uuid NOT NULL REFERENCES users (id),
  concert_id    bigint NOT NULL REFERENCES concerts (id),
  schedule_id   bigint NOT NULL REFERENCES schedules (id),
  -- As it was called when it was paid for: a history does not change with a later title.
  concert_title text NOT NULL,
  amount        bigint NOT NULL CHECK (amount >= 0),
  status        text NOT NULL CHECK (status IN ('PAID', 'REFUNDED')),
  created_at    timestamptz NOT NULL,
  refunded_at   timestamptz,
  CONSTRAINT payments_refunded_at CHECK ((status = 'REFUNDED') = (refunded_at IS NOT NULL))
);
CREATE INDEX payments_user ON payments (user_id, id);
CREATE INDEX payments_created_at ON payments (created_at);

CREATE TABLE tickets (
  id          uuid PRIMARY KEY,
  booking_id  uuid NOT NULL REFERENCES bookings (id),
  user_id     uuid NOT NULL REFERENCES users (id),
  schedule_id bigint NOT NULL,
  seat_number integer NOT NULL,
  code        text NOT NULL CONSTRAINT tickets_code_key UNIQUE,
  status      text NOT NULL CHECK (status IN ('VALID', 'VOID')),
  created_at  timestamptz NOT NULL,
  CONSTRAINT tickets_booking_seat_key UNIQUE (booking_id, seat_number),
  FOREIGN KEY (schedule_id, seat_number) REFERENCES seats (schedule_id, number)
);
CREATE UNIQUE INDEX tickets_valid_seat_key ON tickets (schedule_id, seat_number) WHERE status = 'VALID';
CREATE INDEX tickets_user ON tickets (user_id, id);

-- What clients asked for. A row here is what a 202 promises: whatever dies, it will reach an end.
-- Charges are recorded too (finished at once), so that one idempotency key has one outcome over all calls.
CREATE TABLE commands (
  id              uuid PRIMARY KEY,
  user_id         uuid NOT NULL,
  schedule_id     bigint,
  kind            text NOT NULL CHECK (kind IN ('hold', 'pay', 'cancel', 'charge')),
  payload         jsonb NOT NULL,
  idempotency_key text,
  request_hash    text,
  status          text NOT NULL CHECK (status IN ('queued', 'completed', 'rejected', 'failed')),
  outcome         jsonb,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at     timestamptz,
  CONSTRAINT commands_key_has_hash CHECK ((idempotency_key IS NULL) = (request_hash IS NULL)),
  CONSTRAINT commands_finished CHECK ((status = 'queued') = (finished_at IS NULL)),
  CONSTRAINT commands_have_schedule CHECK (schedule_id IS NOT NULL OR kind = 'charge')
);
CREATE UNIQUE INDEX commands_idempotency_key ON commands (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX commands_queued ON commands (schedule_id, id) WHERE status = 'queued';

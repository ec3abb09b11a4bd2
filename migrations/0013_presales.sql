-- Sales before the opening, for those who have a code.

CREATE TABLE presales (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  concert_id   bigint NOT NULL REFERENCES concerts (id),
  name         text NOT NULL,
  starts_at    timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL,
  -- Null: all dates of the concert.
  schedule_ids bigint[] CHECK (cardinality(schedule_ids) > 0),
  -- Null: the concert's.
  seat_limit   integer CHECK (seat_limit > 0),
  -- What its codes are hashed with: the same code in two presales cannot be told to be the same.
  code_key     bytea NOT NULL CHECK (length(code_key) = 32),
  codes        integer NOT NULL CHECK (codes > 0),
  -- Of the codes that are forgotten by now.
  claims_forgotten integer NOT NULL DEFAULT 0,
  codes_forgotten  boolean NOT NULL DEFAULT false,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT presales_window CHECK (starts_at < ends_at)
);
CREATE INDEX presales_concert ON presales (concert_id, ends_at);
CREATE INDEX presales_ends_at ON presales (ends_at);
CREATE INDEX presales_not_forgotten ON presales (id) WHERE NOT codes_forgotten;

-- A code belongs to the first user who joins with it, and nobody has two of one presale.
CREATE TABLE presale_codes (
  presale_id bigint NOT NULL REFERENCES presales (id),
  code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
  user_id    uuid REFERENCES users (id),
  claimed_at timestamptz,
  PRIMARY KEY (presale_id, code_hash),
  CONSTRAINT presale_codes_claimed CHECK ((user_id IS NULL) = (claimed_at IS NULL))
);
CREATE UNIQUE INDEX presale_codes_user_key ON presale_codes (user_id, presale_id) WHERE user_id IS NOT NULL;

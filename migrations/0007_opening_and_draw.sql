-- When a waiting room opens, in which order, and what it tells everybody.

ALTER TABLE concerts
  -- Null: when booking of the first date starts.
  ADD COLUMN opens_at timestamptz,
  ADD COLUMN admission_order text NOT NULL DEFAULT 'arrival' CHECK (admission_order IN ('arrival', 'draw')),
  ADD COLUMN message text CHECK (char_length(message) BETWEEN 1 AND 280);

-- One for each concert whose order is 'draw', from its announcement on.
CREATE TABLE draws (
  concert_id         bigint PRIMARY KEY REFERENCES concerts (id),
  seed               bytea NOT NULL CHECK (length(seed) = 32),
  commitment         bytea NOT NULL,
  -- What fans' pseudonyms are made with: nobody else can tell whose each is.
  pseudonym_key      bytea NOT NULL CHECK (length(pseudonym_key) = 32),
  announced_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  beacon_source      text,
  beacon_promised_at timestamptz,
  beacon_value       text,
  beacon_given_at    timestamptz,
  closed_at          timestamptz,
  entrants           integer CHECK (entrants >= 0),
  entrants_hash      bytea,
  -- Whoever came before had a place up to this sequence number; the drawn places are the next ones.
  entrants_up_to     bigint,
  drawn_at           timestamptz,
  -- The room's epoch in which its places were last put in that order.
  placed_epoch       integer NOT NULL DEFAULT 0,
  CONSTRAINT draws_commitment CHECK (commitment = sha256(seed)),
  CONSTRAINT draws_beacon CHECK (num_nulls(beacon_source, beacon_promised_at) IN (0, 2)
    AND num_nulls(beacon_value, beacon_given_at) IN (0, 2) AND (beacon_value IS NULL OR beacon_source IS NOT NULL)),
  CONSTRAINT draws_closed CHECK (num_nulls(closed_at, entrants, entrants_hash, entrants_up_to) IN (0, 4)),
  CONSTRAINT draws_drawn CHECK (drawn_at IS NULL OR (closed_at IS NOT NULL
    AND (beacon_source IS NULL OR beacon_value IS NOT NULL)))
);

-- Who is in a draw that is closed and not drawn yet: many in a row, as they are read together once and then removed.
CREATE TABLE draw_entrants (
  concert_id bigint NOT NULL REFERENCES draws (concert_id),
  part       integer NOT NULL,
  -- 16 bytes each.
  user_ids   bytea NOT NULL,
  PRIMARY KEY (concert_id, part)
);

CREATE TABLE draw_places (
  concert_id bigint NOT NULL REFERENCES draws (concert_id),
  position   integer NOT NULL CHECK (position > 0),
  user_id    uuid NOT NULL,
  pseudonym  bytea NOT NULL,
  PRIMARY KEY (concert_id, position),
  CONSTRAINT draw_places_user_key UNIQUE (user_id, concert_id)
);

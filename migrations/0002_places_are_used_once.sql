-- What a waiting room may not forget when Redis does.

-- Every place up to this sequence number has had its turn: its owner was admitted, or passed over.
ALTER TABLE concerts
  ADD COLUMN room_watermark bigint NOT NULL DEFAULT 0,
  -- How many waited then: whoever joins after a loss stands behind so many.
  ADD COLUMN room_waiting integer NOT NULL DEFAULT 0;

-- Places and admissions that their owners gave up: a token of one gives nothing again. Kept as long as tokens are valid.
CREATE TABLE given_up_places (
  concert_id  bigint NOT NULL REFERENCES concerts (id),
  user_id     uuid NOT NULL,
  -- The latest of them; the earlier ones are given up as well.
  sequence    bigint NOT NULL,
  given_up_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (concert_id, user_id)
);
CREATE INDEX given_up_places_given_up_at ON given_up_places (given_up_at);

-- What is over goes by itself, in small steps. Each step finds what is left to do, whatever lies behind it.

-- When the schedule's queue and seat map were removed from Redis; null: they may be there.
ALTER TABLE schedules ADD COLUMN forgotten_at timestamptz;
CREATE INDEX schedules_not_forgotten ON schedules (greatest(end_at, booking_end_at), id) WHERE forgotten_at IS NULL;

-- The epoch at which the waiting room was removed from Redis. Opened again it has a later one, and can be removed again.
ALTER TABLE concerts ADD COLUMN room_forgotten_epoch integer NOT NULL DEFAULT 0;
CREATE INDEX concerts_with_rooms ON concerts (id) WHERE room_epoch > room_forgotten_epoch;

CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

-- Who may do what, and who did what.

-- The table itself is read by a later migration: under this one's lock that would stop the sale.
ALTER TABLE users DROP CONSTRAINT users_role_check,
  ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'operator', 'support', 'door')) NOT VALID;

-- Each act of the staff, written in the transaction of its change. No secrets, and of fans nothing but ids.
CREATE TABLE audit_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Null: the service itself.
  user_id    uuid REFERENCES users (id),
  -- What was done, such as schedule.cancel, and to what, such as schedule:12.
  action     text NOT NULL CHECK (action <> ''),
  subject    text NOT NULL CHECK (subject <> ''),
  before     jsonb,
  after      jsonb,
  request_id text
);
CREATE INDEX audit_log_subject ON audit_log (subject, id);
CREATE INDEX audit_log_user ON audit_log (user_id, id);
CREATE INDEX audit_log_action ON audit_log (action, id);
CREATE INDEX audit_log_at ON audit_log (at);

-- Whoever can write as the service shall not be able to write over what they did. Nothing forgets entries: they are records.
CREATE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log takes new entries only' USING ERRCODE = 'restrict_violation', TABLE = 'audit_log';
END $$;
CREATE TRIGGER audit_log_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log();

-- When the title or the limit of a concert was last changed; null: never. Every process drops by this what it has in memory.
ALTER TABLE concerts ADD COLUMN terms_changed_at timestamptz;

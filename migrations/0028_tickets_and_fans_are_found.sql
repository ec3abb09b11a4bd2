-- All can be read meanwhile. Whatever writes waits until these tables have been read once: seconds for millions of rows.

ALTER TABLE tickets VALIDATE CONSTRAINT tickets_status_check;
ALTER TABLE tickets VALIDATE CONSTRAINT tickets_used_at;
ALTER TABLE tickets VALIDATE CONSTRAINT tickets_scan_used;
-- They take the places of tickets_code_key and tickets_valid_seat_key (0029). A code is found however it was typed.
CREATE UNIQUE INDEX tickets_typed_code_key ON tickets (translate(upper(code COLLATE "C"), 'OIL-_', '011'));
CREATE UNIQUE INDEX tickets_taken_seat_key ON tickets (schedule_id, seat_number) WHERE status <> 'VOID';
-- A scan is of one ticket.
CREATE UNIQUE INDEX tickets_scan_key ON tickets (scan_id) WHERE scan_id IS NOT NULL;

-- What support looks up: whoever another issuer knows by an email, what became of somebody's commands; and what is exported.
CREATE INDEX users_issuer_email ON users (lower(issuer_email)) WHERE issuer_email IS NOT NULL;
CREATE INDEX bookings_schedule ON bookings (schedule_id, id);
CREATE INDEX commands_user ON commands (user_id, id);

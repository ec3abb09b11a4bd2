-- Tickets at the door. What reads whole tables is a later migration: under this one's lock nobody could pay meanwhile.

ALTER TABLE tickets
  ADD COLUMN used_at timestamptz,
  -- The scan that used it: sent once more, it is the same yes. Null: its sender gave none.
  ADD COLUMN scan_id uuid,
  DROP CONSTRAINT tickets_status_check,
  ADD CONSTRAINT tickets_status_check CHECK (status IN ('VALID', 'USED', 'VOID')) NOT VALID,
  -- A used ticket may be void later, with its show.
  ADD CONSTRAINT tickets_used_at CHECK (
    (status = 'VALID' AND used_at IS NULL) OR (status = 'USED' AND used_at IS NOT NULL) OR status = 'VOID') NOT VALID,
  ADD CONSTRAINT tickets_scan_used CHECK (scan_id IS NULL OR used_at IS NOT NULL) NOT VALID;

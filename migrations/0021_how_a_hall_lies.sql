-- Where a show is, as far as its page has to know it: the zone of its clock, and how the sections lie round the stage.

ALTER TABLE concerts
  -- An IANA name; null: the page tells times by the clock of whoever reads it, and says so.
  ADD COLUMN time_zone text;

ALTER TABLE schedules
  -- By the section's name; null: one block below the other.
  ADD COLUMN layout jsonb;

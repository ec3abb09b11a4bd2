-- When a waiting room opens, in which order, and what it tells everybody.

ALTER TABLE concerts
  -- Null: when booking of the first date starts.
  ADD COLUMN opens_at timestamptz,
  ADD COLUMN admission_order text NOT NULL DEFAULT 'arrival' CHECK (admission_order IN ('arrival', 'draw')),
  ADD COLUMN message text CHECK (char_length(message) BETWEEN 1 AND 280);

-- Plans of houses: what is printed on a chair, and where an aisle is.

ALTER TABLE seats
  -- What is printed on the chair in its row; null where that is the seat's own number.
  ADD COLUMN label text,
  -- Nobody sits side by side with the seat before: an aisle, a pillar, a missing chair.
  ADD COLUMN after_gap boolean NOT NULL DEFAULT false;

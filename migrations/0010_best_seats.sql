-- Best seats: what an operator says of single seats, of places without a choice, and of which seats are better.

ALTER TABLE schedules
  ADD COLUMN single_seats text NOT NULL DEFAULT 'allow' CHECK (single_seats IN ('allow', 'refuse'));

ALTER TABLE seats
  -- Higher is better; null where the place in the hall says it.
  ADD COLUMN quality smallint,
  -- A place to stand: nobody chooses one by its number.
  ADD COLUMN standing boolean NOT NULL DEFAULT false;

-- Bookings can be read meanwhile. Whatever writes one (holds, payments, cancels, offers, holds that end) waits until the whole
-- table has been read once: seconds for millions of bookings.

CREATE UNIQUE INDEX bookings_entry_key ON bookings (entry_id) WHERE entry_id IS NOT NULL;

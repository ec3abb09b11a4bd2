-- What a date has taken and given back, read without looking at every payment there is.

CREATE INDEX payments_schedule ON payments (schedule_id) INCLUDE (amount, status);

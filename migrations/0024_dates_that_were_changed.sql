-- Workers look for them all the time, and there are few.

CREATE INDEX concerts_terms_changed_at ON concerts (terms_changed_at) WHERE terms_changed_at IS NOT NULL;
CREATE INDEX schedules_terms_changed_at ON schedules (terms_changed_at) WHERE terms_changed_at IS NOT NULL;
CREATE INDEX schedules_cancelled_at ON schedules (cancelled_at) WHERE cancelled_at IS NOT NULL;

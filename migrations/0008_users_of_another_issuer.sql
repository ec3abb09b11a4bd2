-- Users whom another issuer's access tokens name. They have no password here, and no email that anybody signs in with.

ALTER TABLE users
  ALTER COLUMN email DROP NOT NULL,
  ALTER COLUMN password_hash DROP NOT NULL,
  ADD COLUMN issuer text,
  ADD COLUMN subject text,
  -- What the issuer says it has verified: to be shown. No account is found by it, or an email would open another's account.
  ADD COLUMN issuer_email text,
  -- Checked for those who are there by the next migration: reading them all under this one's lock would stop the sale.
  ADD CONSTRAINT users_sign_in CHECK (
    (issuer IS NULL AND subject IS NULL AND issuer_email IS NULL AND email IS NOT NULL AND password_hash IS NOT NULL)
    OR (issuer IS NOT NULL AND subject IS NOT NULL AND email IS NULL AND password_hash IS NULL AND role = 'user')) NOT VALID;

-- Under locks that let holds and payments go on.

ALTER TABLE users VALIDATE CONSTRAINT users_sign_in;
CREATE UNIQUE INDEX users_subject_key ON users (issuer, subject) WHERE issuer IS NOT NULL;

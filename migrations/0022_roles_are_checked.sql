-- Under locks that let holds and payments go on; whoever makes an account waits until the table has been read.

ALTER TABLE users VALIDATE CONSTRAINT users_role_check;
CREATE INDEX users_staff ON users (role) WHERE role <> 'user';

-- Nobody waits: commands are read and written while the whole table is read once.

ALTER TABLE commands VALIDATE CONSTRAINT commands_kind_check;

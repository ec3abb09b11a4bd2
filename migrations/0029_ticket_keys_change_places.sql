-- Short, but nobody reads tickets meanwhile: by itself, so that no long lock comes before it.

ALTER TABLE tickets DROP CONSTRAINT tickets_code_key;
DROP INDEX tickets_valid_seat_key;
ALTER INDEX tickets_typed_code_key RENAME TO tickets_code_key;
ALTER INDEX tickets_taken_seat_key RENAME TO tickets_valid_seat_key;

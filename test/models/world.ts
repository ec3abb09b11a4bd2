import { Client, DatabaseError } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database';

/** Ids of the small world that `World.open` makes. */
export const ALICE = '00000000-0000-7000-8000-00000000000a';
export const BOB = '00000000-0000-7000-8000-00000000000b';
export const PAID = '00000000-0000-7000-8000-0000000000b1';
export const HELD = '00000000-0000-7000-8000-0000000000b2';
export const REFUNDED = '00000000-0000-7000-8000-0000000000b3';
export const NEW = '00000000-0000-7000-8000-0000000000ff';

/**
 * Alice has paid for seats 1 and 2, holds seat 3 and was given her points back for seat 4. Bob has 50 points.
 * Everything as the service would have left it.
 */
export const MADE = `
  INSERT INTO users (id, email, name, password_hash) VALUES ('${ALICE}', 'alice@x.test', 'A', ''), ('${BOB}', 'bob@x.test', 'B', '');
  INSERT INTO points (user_id) VALUES ('${ALICE}'), ('${BOB}');
  INSERT INTO concerts (title, description, seat_limit, max_active, admit_per_interval, admit_interval_ms,
                        active_ttl_seconds, abandon_after_seconds, paused)
       VALUES ('T', '', 4, 10, 10, 1000, 60, 60, false);
  INSERT INTO schedules (concert_id, booking_start_at, booking_end_at, start_at, end_at)
       VALUES (1, now() - interval '1 day', now() + interval '1 day', now() + interval '2 days', now() + interval '3 days');
  INSERT INTO seats (schedule_id, number, section, row_name, price) SELECT 1, n, 'A', '1', 100 FROM generate_series(1, 10) n;
  INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at, paid_at) VALUES
    ('${PAID}', '${ALICE}', 1, 1, '{1,2}', 200, 'PAID', now(), now() + interval '5 minutes', now()),
    ('${HELD}', '${ALICE}', 1, 1, '{3}', 100, 'PENDING', now(), now() + interval '5 minutes', NULL),
    ('${REFUNDED}', '${ALICE}', 1, 1, '{4}', 100, 'CANCELLED', now(), now() + interval '5 minutes', now());
  INSERT INTO seat_claims VALUES (1, 1, '${PAID}'), (1, 2, '${PAID}'), (1, 3, '${HELD}');
  INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type, booking_id) VALUES
    ('${ALICE}', 1, 1000, 0, 1000, 'CHARGE', NULL),
    ('${ALICE}', 2, -200, 1000, 800, 'USE', '${PAID}'),
    ('${ALICE}', 3, -100, 800, 700, 'USE', '${REFUNDED}'),
    ('${ALICE}', 4, 100, 700, 800, 'REFUND', '${REFUNDED}'),
    ('${BOB}', 1, 50, 0, 50, 'CHARGE', NULL);
  UPDATE points SET balance = 800, last_entry = 4 WHERE user_id = '${ALICE}';
  UPDATE points SET balance = 50, last_entry = 1 WHERE user_id = '${BOB}';
  INSERT INTO payments (id, booking_id, user_id, concert_id, schedule_id, concert_title, amount, status, created_at, refunded_at) VALUES
    (gen_random_uuid(), '${PAID}', '${ALICE}', 1, 1, 'T', 200, 'PAID', now(), NULL),
    (gen_random_uuid(), '${REFUNDED}', '${ALICE}', 1, 1, 'T', 100, 'REFUNDED', now(), now());
  INSERT INTO tickets (id, booking_id, user_id, schedule_id, seat_number, code, status, created_at) VALUES
    (gen_random_uuid(), '${PAID}', '${ALICE}', 1, 1, 'c1', 'VALID', now()),
    (gen_random_uuid(), '${PAID}', '${ALICE}', 1, 2, 'c2', 'VALID', now()),
    (gen_random_uuid(), '${REFUNDED}', '${ALICE}', 1, 4, 'c4', 'VOID', now());
  INSERT INTO commands (id, user_id, schedule_id, kind, payload, status, finished_at, idempotency_key, request_hash) VALUES
    ('${PAID}', '${ALICE}', 1, 'hold', '{}', 'completed', now(), 'key', 'hash'),
    ('${HELD}', '${ALICE}', 1, 'hold', '{}', 'completed', now(), NULL, NULL),
    ('${REFUNDED}', '${ALICE}', 1, 'hold', '{}', 'completed', now(), NULL, NULL);
`;

/** A database with a few rows of each kind. */
export class World {
  private constructor(
    readonly database: TestDatabase,
    readonly client: Client,
  ) {}

  static async open(): Promise<World> {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(MADE);
    return new World(database, client);
  }

  /** What the database says to a statement: the violated constraint's name, or `taken`. Nothing stays written. */
  async says(sql: string): Promise<string> {
    await this.client.query('BEGIN');
    try {
      await this.client.query(sql);
      // Deferred or not: the constraints as they stand at the end.
      await this.client.query('SET CONSTRAINTS ALL IMMEDIATE');
      return 'taken';
    } catch (error) {
      if (error instanceof DatabaseError) return error.constraint ?? error.message;
      throw error;
    } finally {
      await this.client.query('ROLLBACK');
    }
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.database.drop();
  }
}

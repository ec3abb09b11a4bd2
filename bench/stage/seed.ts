import type { Client } from 'pg';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { fanIdSql } from './fans';

/** What a scenario finds in its databases. Ids are 1, 2, 3, … in the order given: the databases are new. */
export interface Scene {
  policy?: Partial<QueuePolicy>;
  seatLimit?: number;
  /** Seats of each schedule; all of them belong to concert 1. */
  schedules: number[];
  /** Fans 1…n have accounts, with this much money. */
  fans: number;
  points?: number;
  /** Holds that wait to be paid: of each schedule's seat n, by the fan that many after `firstFan`. */
  held?: { scheduleId: number; firstFan: number; seats: number }[];
}

export const CONCERT_ID = '1';
export const SEAT_PRICE = 100;
export const SEATS_PER_ROW = 40;

// More than any scenario admits: where admission is not what is measured, everybody is in.
const OPEN_DOORS: QueuePolicy = {
  maxActive: 1_000_000,
  admitPerInterval: 100_000,
  admitIntervalMs: 1000,
  activeTtlSeconds: 86_400,
  abandonAfterSeconds: 3600,
  paused: false,
  opensAt: null,
  order: 'arrival',
  message: null,
};

/** Fills a migrated database by plain SQL: signing up twenty thousand fans one by one would take longer than the run. */
export async function seed(client: Client, scene: Scene): Promise<void> {
  const policy = { ...OPEN_DOORS, ...scene.policy };
  await client.query(
    `INSERT INTO concerts (title, description, seat_limit, max_active, admit_per_interval, admit_interval_ms,
                           active_ttl_seconds, abandon_after_seconds, paused)
     VALUES ('The show', 'One evening', $1, $2, $3, $4, $5, $6, $7)`,
    [
      scene.seatLimit ?? 4,
      policy.maxActive,
      policy.admitPerInterval,
      policy.admitIntervalMs,
      policy.activeTtlSeconds,
      policy.abandonAfterSeconds,
      policy.paused,
    ],
  );
  await client.query(
    `INSERT INTO schedules (concert_id, booking_start_at, booking_end_at, start_at, end_at)
     SELECT 1, now() - interval '1 hour', now() + interval '29 days', now() + interval '30 days',
            now() + interval '31 days'
       FROM generate_series(1, $1::int)`,
    [scene.schedules.length],
  );
  await client.query(
    `INSERT INTO seats (schedule_id, number, section, row_name, price, attributes)
     SELECT s.id, n, chr(65 + (n - 1) / 2000 % 26), ((n - 1) / ${SEATS_PER_ROW} % 50 + 1)::text, ${SEAT_PRICE},
            CASE WHEN n % 100 = 0 THEN 'accessible=>true'::hstore ELSE '' END
       FROM unnest($1::int[]) WITH ORDINALITY AS s(seats, id), generate_series(1, s.seats) n`,
    [scene.schedules],
  );
  await seedFans(client, scene.fans, scene.points ?? 0);
  for (const held of scene.held ?? []) await seedHolds(client, held);
  // Not the others: Postgres would plan for tables that stay empty.
  await client.query('VACUUM ANALYZE users, points, point_histories, concerts, schedules, seats');
}

async function seedFans(client: Client, fans: number, points: number): Promise<void> {
  await client.query(
    `INSERT INTO users (id, email, name, password_hash)
     SELECT ${fanIdSql('n')}, 'fan' || n || '@bench.test', 'Fan ' || n, 'nobody signs in'
       FROM generate_series(1, $1::int) n`,
    [fans],
  );
  await client.query('INSERT INTO points (user_id) SELECT id FROM users');
  if (points === 0) return;
  await client.query(
    `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type)
     SELECT user_id, 1, $1, 0, $1, 'CHARGE' FROM points`,
    [points],
  );
  await client.query('UPDATE points SET last_entry = 1, balance = $1', [points]);
}

async function seedHolds(
  client: Client,
  { scheduleId, firstFan, seats }: NonNullable<Scene['held']>[number],
): Promise<void> {
  await client.query(
    `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at,
                           expires_at)
     SELECT ${bookingIdSql('$1::bigint', 'n')}, ${fanIdSql('$2::int + n')}, 1, $1::bigint, ARRAY[n], ${SEAT_PRICE}, 'PENDING',
            now(), now() + interval '6 hours'
       FROM generate_series(1, $3::int) n`,
    [scheduleId, firstFan - 1, seats],
  );
  await client.query(
    `INSERT INTO seat_claims (schedule_id, seat_number, booking_id)
     SELECT $1::bigint, n, ${bookingIdSql('$1::bigint', 'n')} FROM generate_series(1, $2::int) n`,
    [scheduleId, seats],
  );
}

const bookingIdSql = (schedule: string, seat: string): string =>
  `('00000000-0000-7000-8' || lpad(to_hex(${schedule}), 3, '0') || '-' || lpad(to_hex(${seat}), 12, '0'))::uuid`;

/** The id of the seeded hold of one seat. */
export const heldBookingId = (scheduleId: number, seat: number): string =>
  `00000000-0000-7000-8${scheduleId.toString(16).padStart(3, '0')}-${seat.toString(16).padStart(12, '0')}`;

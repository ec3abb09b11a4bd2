import type { Client, QueryResultRow } from 'pg';
import { z } from 'zod';

// These grow without end: reading one of them from end to end would take longer with every sale.
const LARGE = [
  'bookings',
  'commands',
  'seat_claims',
  'payments',
  'tickets',
  'point_histories',
  'points',
  'users',
  'seats',
  'waitlist_entries',
];

/** 40 dates of 500 seats, 12,000 users with three entries each, 16,000 bookings (three in five sold), their commands. */
export const FILL = `
  INSERT INTO concerts (title, description, seat_limit, max_active, admit_per_interval, admit_interval_ms, active_ttl_seconds, abandon_after_seconds, paused)
    SELECT 'T', '', 4, 10, 10, 1000, 60, 60, false FROM generate_series(1, 5);
  INSERT INTO schedules (concert_id, booking_start_at, booking_end_at, start_at, end_at)
    SELECT 1 + n % 5, now() - interval '1 day', now() + interval '1 day', now() + interval '2 days', now() + interval '3 days' FROM generate_series(1, 40) n;
  INSERT INTO seats (schedule_id, number, section, row_name, price) SELECT s, n, 'A', '1', 100 FROM generate_series(1, 40) s, generate_series(1, 500) n;
  CREATE TABLE fans AS SELECT n, uuidv7() AS id FROM generate_series(1, 12000) n;
  INSERT INTO users (id, email, name, password_hash) SELECT id, n || '@x.test', 'U', '' FROM fans;
  INSERT INTO points (user_id) SELECT id FROM fans;
  INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type)
    SELECT id, e, 100, (e - 1) * 100, e * 100, 'CHARGE' FROM fans, generate_series(1, 3) e;
  UPDATE points SET balance = 300, last_entry = 3;
  INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at, paid_at)
    SELECT uuidv7(), id, 1 + s % 5, s, ARRAY[(g - 1) / 40 + 1], 100, status, t - interval '1 hour', t, CASE status WHEN 'PAID' THEN t - interval '30 minutes' END
      FROM (SELECT g, 1 + g % 40 AS s, 1 + g % 12000 AS n, now() - (g % 1000) * interval '1 hour' + interval '30 minutes' AS t,
                   CASE WHEN g % 5 < 3 THEN 'PAID' WHEN g % 100 = 99 THEN 'PENDING' ELSE 'EXPIRED' END AS status
              FROM generate_series(1, 16000) g) made JOIN fans USING (n);
  INSERT INTO seat_claims SELECT schedule_id, seat_numbers[1], id FROM bookings WHERE status IN ('PAID', 'PENDING');
  INSERT INTO payments (id, booking_id, user_id, concert_id, schedule_id, concert_title, amount, status, created_at)
    SELECT uuidv7(), id, user_id, concert_id, schedule_id, 'T', 100, 'PAID', paid_at FROM bookings WHERE status = 'PAID';
  INSERT INTO tickets (id, booking_id, user_id, schedule_id, seat_number, code, status, created_at)
    SELECT uuidv7(), id, user_id, schedule_id, seat_numbers[1], id::text, 'VALID', paid_at FROM bookings WHERE status = 'PAID';
  INSERT INTO commands (id, user_id, schedule_id, kind, payload, status, finished_at, idempotency_key, request_hash, created_at)
    SELECT id, user_id, schedule_id, 'hold', '{}', 'completed', now(), id::text, 'h', created_at FROM bookings;
  INSERT INTO commands (id, user_id, schedule_id, kind, payload, status)
    SELECT uuidv7(), user_id, schedule_id, 'pay', '{}', 'queued' FROM bookings LIMIT 50;
  INSERT INTO waitlist_entries (id, schedule_id, user_id, sequence, seat_count, accessible, created_at, left_at)
    SELECT uuidv7(), s, id, n, 1 + n % 4, false, now(), CASE WHEN n % 3 = 0 THEN now() END
      FROM fans, generate_series(1, 3) s;
  ANALYZE;`;

export interface Statement {
  text: string;
  values: unknown[];
}

const Plan: z.ZodType<Plan> = z.lazy(() =>
  z.looseObject({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Index Name': z.string().optional(),
    'Index Cond': z.string().optional(),
    Plans: z.array(Plan).optional(),
  }),
);
interface Plan {
  'Node Type': string;
  'Relation Name'?: string | undefined;
  'Index Name'?: string | undefined;
  'Index Cond'?: string | undefined;
  Plans?: Plan[] | undefined;
}
const Explained = z.tuple([z.looseObject({ 'QUERY PLAN': z.tuple([z.looseObject({ Plan })]) })]);

async function planOf(client: Client, { text, values }: Statement): Promise<Plan[]> {
  const { rows } = await client.query<QueryResultRow>({ text: `EXPLAIN (FORMAT JSON) ${text}`, values });
  const [{ 'QUERY PLAN': plans }] = Explained.parse(rows);
  const walk = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(walk)];
  return walk(plans[0].Plan);
}

/** The large tables that a statement reads from end to end. */
export async function scanned(client: Client, statement: Statement): Promise<string[]> {
  const nodes = await planOf(client, statement);
  return nodes
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => node['Relation Name'] ?? '')
    .filter((table) => LARGE.includes(table));
}

/** By what a statement enters any of these indexes: an index read whole has no condition. */
export async function enters(client: Client, statement: Statement, ...indexes: string[]): Promise<string[]> {
  const nodes = await planOf(client, statement);
  return nodes
    .filter((node) => indexes.includes(node['Index Name'] ?? ''))
    .map((node) => node['Index Cond'] ?? '');
}

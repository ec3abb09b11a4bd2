import { QueryTypes, type Sequelize } from 'sequelize';

/** A question whose answer must be no rows. */
interface Check {
  invariant: string;
  sql: string;
}

export interface Violation {
  invariant: string;
  /** How many rows break it, and the first few of them. */
  count: number;
  examples: object[];
}

export interface AuditOptions {
  /** How long after its end a hold may still take its seat, and how long a command may stay queued. */
  graceMs: number;
}

const LIVE = `status IN ('PENDING', 'PAID')`;
const IS_ACCESSIBLE = `coalesce(attributes -> 'accessible' = 'true', false)`;

const checks = (grace: string): Check[] => [
  {
    invariant: 'A seat has at most one live hold or sale: live bookings never share a seat',
    sql: `SELECT schedule_id, seat, count(*) FROM bookings, unnest(seat_numbers) seat WHERE ${LIVE}
          GROUP BY schedule_id, seat HAVING count(*) > 1`,
  },
  {
    invariant: 'Every seat of a live booking is claimed by it, and nothing else is claimed',
    sql: `SELECT * FROM
            (SELECT schedule_id, seat AS seat_number, id AS booking_id FROM bookings, unnest(seat_numbers) seat
              WHERE ${LIVE}) booked
          FULL JOIN seat_claims c USING (schedule_id, seat_number, booking_id)
          WHERE booked IS NULL OR c IS NULL`,
  },
  {
    invariant: 'A booking costs what its seats cost',
    sql: `SELECT b.id FROM bookings b
            JOIN seats s ON s.schedule_id = b.schedule_id AND s.number = ANY(b.seat_numbers)
           GROUP BY b.id, b.total_price, b.seat_numbers
          HAVING sum(s.price) <> b.total_price OR count(*) <> cardinality(b.seat_numbers)`,
  },
  {
    invariant: 'Paid means one payment, one debit of its amount, and one valid or used ticket per seat',
    sql: `SELECT b.id FROM bookings b
           WHERE b.status = 'PAID' AND NOT (
             (SELECT count(*) FROM payments p WHERE p.booking_id = b.id AND p.status = 'PAID'
                 AND p.amount = b.total_price AND p.user_id = b.user_id) = 1
             AND (SELECT count(*) FROM point_histories h WHERE h.booking_id = b.id AND h.type = 'USE'
                 AND h.amount = -b.total_price AND h.user_id = b.user_id) = 1
             AND NOT EXISTS (SELECT 1 FROM point_histories h WHERE h.booking_id = b.id AND h.type = 'REFUND')
             AND (SELECT array_agg(t.seat_number ORDER BY t.seat_number) FROM tickets t
                   WHERE t.booking_id = b.id AND t.status <> 'VOID' AND t.user_id = b.user_id)
                 = (SELECT array_agg(n ORDER BY n) FROM unnest(b.seat_numbers) n))`,
  },
  {
    invariant: 'Cancelled after paying means one refund of the amount, and no valid or used ticket',
    sql: `SELECT b.id FROM bookings b
           WHERE b.status = 'CANCELLED' AND b.paid_at IS NOT NULL AND NOT (
             (SELECT count(*) FROM payments p WHERE p.booking_id = b.id AND p.status = 'REFUNDED') = 1
             AND (SELECT coalesce(sum(h.amount), -1) FROM point_histories h WHERE h.booking_id = b.id) = 0
             AND (SELECT count(*) FROM point_histories h WHERE h.booking_id = b.id) = 2
             AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.booking_id = b.id AND t.status <> 'VOID'))`,
  },
  {
    invariant: 'Without being paid for there is no payment, no debit and no ticket',
    sql: `SELECT b.id FROM bookings b
           WHERE b.paid_at IS NULL AND (EXISTS (SELECT 1 FROM payments p WHERE p.booking_id = b.id)
             OR EXISTS (SELECT 1 FROM tickets t WHERE t.booking_id = b.id)
             OR EXISTS (SELECT 1 FROM point_histories h WHERE h.booking_id = b.id))`,
  },
  {
    invariant: 'A balance is the sum of its history, and never negative',
    sql: `SELECT p.user_id FROM points p LEFT JOIN point_histories h USING (user_id)
           GROUP BY p.user_id, p.balance
          HAVING p.balance <> coalesce(sum(h.amount), 0) OR p.balance < 0`,
  },
  {
    invariant: 'Every recorded command has ended',
    sql: `SELECT id, kind, created_at FROM commands
           WHERE status = 'queued' AND created_at < statement_timestamp() - ${grace}`,
  },
  {
    invariant: 'One outcome per user and idempotency key',
    sql: `SELECT user_id, idempotency_key FROM commands WHERE idempotency_key IS NOT NULL
           GROUP BY user_id, idempotency_key HAVING count(*) > 1`,
  },
  {
    // Commands are forgotten in time, so a booking is not asked for its own.
    invariant: 'Every completed hold has its booking, and no other hold has one',
    sql: `SELECT c.id FROM commands c LEFT JOIN bookings b ON b.id = c.id
           WHERE c.kind = 'hold' AND (c.status = 'completed') <> (b.id IS NOT NULL)`,
  },
  {
    invariant: 'No hold takes its seats past its end',
    sql: `SELECT id, expires_at FROM bookings WHERE status = 'PENDING' AND expires_at < statement_timestamp() - ${grace}`,
  },
  {
    invariant: 'No hold was paid at or after its end',
    sql: 'SELECT id FROM bookings WHERE paid_at >= expires_at',
  },
  {
    invariant: 'Nobody has more live seats than the limit',
    // Somebody with the code of a presale may have had a higher one then.
    sql: `SELECT b.schedule_id, b.user_id FROM bookings b JOIN concerts c ON c.id = b.concert_id
           WHERE b.status = 'PAID' OR (b.status = 'PENDING' AND b.expires_at > statement_timestamp())
           GROUP BY b.schedule_id, b.user_id, b.concert_id, c.seat_limit
          HAVING sum(cardinality(b.seat_numbers)) > greatest(c.seat_limit, (
                   SELECT max(p.seat_limit) FROM presales p
                    WHERE p.concert_id = b.concert_id
                      AND (p.schedule_ids IS NULL OR b.schedule_id = ANY(p.schedule_ids))
                      AND (p.codes_forgotten OR EXISTS (
                             SELECT FROM presale_codes o WHERE o.presale_id = p.id AND o.user_id = b.user_id))))`,
  },
  {
    // That it has one at most, the constraints see to.
    invariant: 'A code has one owner, who got it while its presale ran',
    sql: `SELECT o.presale_id, o.user_id, o.claimed_at FROM presale_codes o JOIN presales p ON p.id = o.presale_id
           WHERE o.claimed_at < p.starts_at OR o.claimed_at >= p.ends_at
          UNION ALL
          SELECT p.id, NULL, NULL FROM presales p
           WHERE NOT p.codes_forgotten AND p.codes < (SELECT count(*) FROM presale_codes o WHERE o.presale_id = p.id)`,
  },
  {
    invariant:
      'Every offer of a waiting list is one booking of its user, as wished for; no other entry has one',
    sql: `SELECT e.id FROM waitlist_entries e LEFT JOIN bookings b ON b.entry_id = e.id
           WHERE (e.offered_at IS NOT NULL) <> (b.id IS NOT NULL)
              OR b.user_id <> e.user_id OR b.schedule_id <> e.schedule_id OR cardinality(b.seat_numbers) <> e.seat_count
              OR EXISTS (SELECT 1 FROM seats s WHERE s.schedule_id = b.schedule_id AND s.number = ANY(b.seat_numbers)
                            AND NOT ((e.sections IS NULL OR s.section = ANY(e.sections))
                                     AND ${IS_ACCESSIBLE} = e.accessible))`,
  },
  {
    // Whoever had too many seats by then was passed over; how many they had is known at most from above.
    invariant: 'No offer of a waiting list overtook an earlier entry that it would have fitted',
    sql: `SELECT late.id, early.id AS overtaken FROM waitlist_entries late
            JOIN schedules s ON s.id = late.schedule_id JOIN concerts c ON c.id = s.concert_id
            JOIN waitlist_entries early ON early.schedule_id = late.schedule_id AND early.sequence < late.sequence
           WHERE late.offered_at < coalesce(early.offered_at, early.left_at, 'infinity')
             AND early.seat_count <= late.seat_count AND early.accessible = late.accessible
             AND (early.sections IS NULL OR early.sections @> late.sections)
             AND early.seat_count <= c.seat_limit - coalesce((
                   SELECT sum(cardinality(b.seat_numbers)) FROM bookings b
                    WHERE b.concert_id = c.id AND b.user_id = early.user_id AND b.schedule_id = s.id
                      AND b.created_at <= late.offered_at), 0)`,
  },
  {
    invariant: 'No seat is free to the public that somebody on the waiting list waits for',
    sql: `SELECT e.id FROM waitlist_entries e
            JOIN schedules s ON s.id = e.schedule_id JOIN concerts c ON c.id = s.concert_id
           WHERE e.offered_at IS NULL AND e.left_at IS NULL
             AND statement_timestamp() < least(s.booking_end_at, s.start_at)
             AND e.seat_count <= c.seat_limit - coalesce((
                   SELECT sum(cardinality(b.seat_numbers)) FROM bookings b
                    WHERE b.concert_id = c.id AND b.user_id = e.user_id AND b.schedule_id = s.id AND ${LIVE}), 0)
             AND e.seat_count <= (
                   SELECT count(*) FROM seats
                    WHERE seats.schedule_id = s.id AND (e.sections IS NULL OR section = ANY(e.sections))
                      AND ${IS_ACCESSIBLE} = e.accessible
                      AND NOT EXISTS (SELECT 1 FROM seat_claims q WHERE q.schedule_id = s.id AND q.seat_number = number))`,
  },
  {
    invariant: "A draw's order is its published order: what its seed, its entrants and its beacon give",
    sql: `SELECT d.concert_id FROM draws d, LATERAL (
            SELECT count(*) AS entrants,
                   sha256(convert_to(coalesce(string_agg(name, E'\\n' ORDER BY name COLLATE "C"), ''), 'UTF8')) AS hash,
                   coalesce(bool_and(position = number), true) AS is_in_order
              FROM (SELECT position, name, row_number() OVER (ORDER BY sha256(d.seed || d.entrants_hash
                             || convert_to(coalesce(d.beacon_value, '') || name, 'UTF8'))) AS number
                      FROM (SELECT position, encode(pseudonym, 'hex') AS name FROM draw_places p
                             WHERE p.concert_id = d.concert_id) AS named) AS numbered) AS found
           WHERE d.drawn_at IS NOT NULL AND NOT (d.commitment = sha256(d.seed) AND d.entrants = found.entrants
                                                 AND d.entrants_hash = found.hash AND found.is_in_order)`,
  },
];

/** How long one check may take: it reads whole tables. */
export const CHECK_LIMIT_MS = 600_000;

/** Checks every invariant that a database can show. An empty list: all hold. */
export async function audit(sequelize: Sequelize, { graceMs }: AuditOptions): Promise<Violation[]> {
  return sequelize.transaction(async (transaction) => {
    // What is right for a live service is wrong for reading whole tables.
    await sequelize.query(`SET LOCAL enable_seqscan = on; SET LOCAL statement_timeout = ${CHECK_LIMIT_MS}`, {
      transaction,
    });
    const violations: Violation[] = [];
    for (const { invariant, sql } of checks(`interval '${Math.round(graceMs)} milliseconds'`)) {
      const rows = await sequelize.query<object>(sql, { type: QueryTypes.SELECT, transaction });
      if (rows.length > 0) violations.push({ invariant, count: rows.length, examples: rows.slice(0, 3) });
    }
    return violations;
  });
}

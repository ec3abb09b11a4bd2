import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../../src/lib/database';
import { audit } from '../../src/models/audit';
import { ALICE, BOB, HELD, NEW, PAID, REFUNDED, World } from './world';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => world.close());

/** The first words of every invariant found broken. */
async function broken(): Promise<string[]> {
  const database = createDatabase({ url: world.database.url, pool: 1, name: 'audit' });
  try {
    return (await audit(database, { graceMs: 60_000 })).map((violation) => violation.invariant);
  } finally {
    await database.close();
  }
}

/** A fault that the constraints would refuse, so they have to go first. */
const WITHOUT = {
  claims: 'ALTER TABLE seat_claims DROP CONSTRAINT seat_claims_pkey',
  payments: 'ALTER TABLE payments DROP CONSTRAINT payments_booking_key',
  balances:
    'ALTER TABLE points DROP CONSTRAINT points_equal_last_entry, DROP CONSTRAINT points_balance_check',
  keys: 'DROP INDEX commands_idempotency_key',
  inTime: 'ALTER TABLE bookings DROP CONSTRAINT bookings_paid_in_time',
  debits: 'DROP INDEX point_histories_booking_key',
};

const PLANTED: [string, string, RegExp][] = [
  [
    'two live bookings of one seat',
    `UPDATE bookings SET seat_numbers = '{2}' WHERE id = '${HELD}'`,
    /at most one live hold or sale/,
  ],
  [
    'a live booking without its claim',
    `DELETE FROM seat_claims WHERE booking_id = '${HELD}'`,
    /claimed by it, and nothing else/,
  ],
  [
    'a claim of no live booking',
    `INSERT INTO seat_claims VALUES (1, 9, '${REFUNDED}')`,
    /claimed by it, and nothing else/,
  ],
  [
    'a seat claimed twice',
    `${WITHOUT.claims}; INSERT INTO seat_claims VALUES (1, 1, '${HELD}')`,
    /claimed by it, and nothing else/,
  ],
  [
    'a price that is not that of the seats',
    `UPDATE bookings SET total_price = 99 WHERE id = '${HELD}'`,
    /costs what its seats cost/,
  ],
  ['paid without a payment', `DELETE FROM payments WHERE booking_id = '${PAID}'`, /one payment, one debit/],
  [
    'paid twice',
    `${WITHOUT.payments}; INSERT INTO payments SELECT gen_random_uuid(), booking_id, user_id, concert_id, schedule_id, concert_title, amount, status, created_at FROM payments WHERE booking_id = '${PAID}'`,
    /one payment, one debit/,
  ],
  [
    'paid with another amount',
    `UPDATE payments SET amount = 1 WHERE booking_id = '${PAID}'`,
    /one payment, one debit/,
  ],
  ['paid without a ticket', `DELETE FROM tickets WHERE seat_number = 2`, /one valid or used ticket per seat/],
  [
    'paid without a debit',
    `UPDATE point_histories SET booking_id = '${NEW}' WHERE booking_id = '${PAID}'`,
    /one payment, one debit/,
  ],
  [
    'debited twice',
    `${WITHOUT.debits}; INSERT INTO point_histories VALUES ('${ALICE}', 5, DEFAULT, -200, 800, 600, 'USE', '${PAID}'); UPDATE points SET balance = 600, last_entry = 5 WHERE user_id = '${ALICE}'`,
    /one payment, one debit/,
  ],
  [
    'cancelled after paying without a refund',
    `UPDATE bookings SET status = 'CANCELLED' WHERE id = '${PAID}'`,
    /one refund of the amount/,
  ],
  [
    'refunded with a ticket that is still valid',
    `UPDATE tickets SET status = 'VALID' WHERE booking_id = '${REFUNDED}'`,
    /one refund of the amount/,
  ],
  [
    'refunded with a ticket that was used',
    `UPDATE tickets SET status = 'USED', used_at = now() WHERE booking_id = '${REFUNDED}'`,
    /one refund of the amount/,
  ],
  [
    'a ticket of what was never paid for',
    `INSERT INTO tickets VALUES ('${NEW}', '${HELD}', '${ALICE}', 1, 3, 'c3', 'VALID', now())`,
    /Without being paid for/,
  ],
  [
    'a balance that is not the sum',
    `${WITHOUT.balances}; UPDATE points SET balance = 51 WHERE user_id = '${BOB}'`,
    /sum of its history/,
  ],
  [
    'a negative balance',
    `${WITHOUT.balances}; UPDATE points SET balance = -1 WHERE user_id = '${BOB}'`,
    /sum of its history/,
  ],
  [
    'a command that has not ended',
    `INSERT INTO commands (id, user_id, schedule_id, kind, payload, status, created_at) VALUES ('${NEW}', '${BOB}', 1, 'hold', '{}', 'queued', now() - interval '2 minutes')`,
    /Every recorded command has ended/,
  ],
  [
    'two commands of one key',
    `${WITHOUT.keys}; INSERT INTO commands SELECT '${NEW}', user_id, schedule_id, 'pay', payload, idempotency_key, request_hash, status, outcome, created_at, finished_at FROM commands WHERE id = '${PAID}'`,
    /One outcome per user and idempotency key/,
  ],
  [
    'a completed hold without its booking',
    `INSERT INTO commands (id, user_id, schedule_id, kind, payload, status, finished_at) VALUES ('${NEW}', '${BOB}', 1, 'hold', '{}', 'completed', now())`,
    /Every completed hold has its booking/,
  ],
  [
    'a hold past its end',
    `UPDATE bookings SET created_at = now() - interval '1 hour', expires_at = now() - interval '2 minutes' WHERE id = '${HELD}'`,
    /past its end/,
  ],
  [
    'a payment at the end of the hold',
    `${WITHOUT.inTime}; UPDATE bookings SET paid_at = expires_at WHERE id = '${PAID}'`,
    /paid at or after its end/,
  ],
  [
    'an offer without its booking',
    `INSERT INTO waitlist_entries VALUES ('${NEW}', 1, '${BOB}', 1, 1, NULL, false, now(), now())`,
    /Every offer of a waiting list is one booking/,
  ],
  [
    'an offer of other seats than were wished for',
    `INSERT INTO waitlist_entries VALUES ('${NEW}', 1, '${ALICE}', 1, 1, '{B}', false, now(), now());
     UPDATE bookings SET entry_id = '${NEW}' WHERE id = '${HELD}'`,
    /Every offer of a waiting list is one booking/,
  ],
  [
    'an offer that overtook',
    `UPDATE concerts SET seat_limit = 5; DELETE FROM seats WHERE number > 4;
     INSERT INTO waitlist_entries VALUES ('${PAID}', 1, '${BOB}', 1, 1, NULL, false, now(), NULL),
                                         ('${NEW}', 1, '${ALICE}', 2, 1, '{A}', false, now(), now());
     UPDATE bookings SET entry_id = '${NEW}' WHERE id = '${HELD}'`,
    /overtook an earlier entry/,
  ],
  [
    'a seat that is free while somebody waits for it',
    `INSERT INTO waitlist_entries VALUES ('${NEW}', 1, '${BOB}', 1, 4, '{A}', false, now(), NULL)`,
    /No seat is free to the public/,
  ],
  ['more seats than the limit', 'UPDATE concerts SET seat_limit = 2', /more live seats than the limit/],
];

describe('the audit', () => {
  test('finds nothing where all is right', async () => {
    expect(await broken()).toEqual([]);
  });

  test('finds nothing wrong with a ticket that was used', async () => {
    await world.client.query(
      `UPDATE tickets SET status = 'USED', used_at = now() WHERE booking_id = '${PAID}'`,
    );
    expect(await broken()).toEqual([]);
  });

  test.each(PLANTED)('finds %s', async (_what, sql, invariant) => {
    await world.client.query(sql);
    expect((await broken()).some((found) => invariant.test(found))).toBe(true);
  });

  test('gives what has only just become due its time', async () => {
    await world.client.query(
      `UPDATE bookings SET created_at = now() - interval '1 hour', expires_at = now() - interval '1 second' WHERE id = '${HELD}'`,
    );
    expect(await broken()).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ALICE, BOB, HELD, NEW, PAID, REFUNDED, World } from './world';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(async () => world.close());

const booking = (values: { status?: string; paidAt?: string; seats?: string; price?: number }): string =>
  `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at, paid_at)
   VALUES ('${NEW}', '${BOB}', 1, 1, '${values.seats ?? '{5}'}', ${values.price ?? 100}, '${values.status ?? 'PENDING'}',
           now(), now() + interval '5 minutes', ${values.paidAt ?? 'NULL'})`;
const entry = (
  user: string,
  number: number,
  amount: number,
  before: number,
  type: string,
  bookingId = 'NULL',
): string =>
  `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type, booking_id)
   VALUES ('${user}', ${number}, ${amount}, ${before}, ${before + amount}, '${type}', ${bookingId})`;
const ticket = (seat: number, bookingId: string, code = 'new'): string =>
  `INSERT INTO tickets (id, booking_id, user_id, schedule_id, seat_number, code, status, created_at)
   VALUES ('${NEW}', '${bookingId}', '${ALICE}', 1, ${seat}, '${code}', 'VALID', now())`;
const payment = (bookingId: string): string =>
  `INSERT INTO payments (id, booking_id, user_id, concert_id, schedule_id, concert_title, amount, status, created_at)
   VALUES ('${NEW}', '${bookingId}', '${ALICE}', 1, 1, 'T', 100, 'PAID', now())`;
const command = (key: string, user = ALICE): string =>
  `INSERT INTO commands (id, user_id, schedule_id, kind, payload, status, idempotency_key, request_hash)
   VALUES ('${NEW}', '${user}', 1, 'hold', '{}', 'queued', '${key}', 'hash')`;

const user = (values: {
  email?: string;
  hash?: string;
  issuer?: string;
  subject?: string;
  role?: string;
}): string =>
  `INSERT INTO users (id, email, name, password_hash, issuer, subject, role)
   VALUES ('${NEW}', ${values.email ?? 'NULL'}, 'N', ${values.hash ?? 'NULL'}, ${values.issuer ?? 'NULL'},
           ${values.subject ?? 'NULL'}, '${values.role ?? 'user'}')`;
const FOREIGN = { issuer: `'https://id.x.test/'`, subject: `'7'` };

describe('the database by itself refuses', () => {
  test.each([
    ['a user whom nobody knows by anything', user({}), 'users_sign_in'],
    ['a user of ours without a password', user({ email: `'c@x.test'` }), 'users_sign_in'],
    ['a user of another issuer without a subject', user({ issuer: FOREIGN.issuer }), 'users_sign_in'],
    ['a user of another issuer with a password', user({ ...FOREIGN, hash: `'h'` }), 'users_sign_in'],
    [
      'a user of another issuer who signs in by email',
      user({ ...FOREIGN, email: `'c@x.test'` }),
      'users_sign_in',
    ],
    ['an operator of another issuer', user({ ...FOREIGN, role: 'operator' }), 'users_sign_in'],
    [
      'a second user of the same issuer and subject',
      `${user(FOREIGN)}, (gen_random_uuid(), NULL, 'N', NULL, ${FOREIGN.issuer}, ${FOREIGN.subject}, 'user')`,
      'users_subject_key',
    ],
    [
      'a second hold or sale of a seat',
      `INSERT INTO seat_claims VALUES (1, 1, '${HELD}')`,
      'seat_claims_pkey',
    ],
    [
      'a claim on a seat that does not exist',
      `INSERT INTO seat_claims VALUES (1, 11, '${HELD}')`,
      'seat_claims_schedule_id_seat_number_fkey',
    ],
    [
      'a claim of no booking',
      `INSERT INTO seat_claims VALUES (1, 9, '${NEW}')`,
      'seat_claims_booking_id_fkey',
    ],
    ['a booking without seats', booking({ seats: '{}' }), 'bookings_seat_numbers_check'],
    ['a booking of a negative price', booking({ price: -1 }), 'bookings_total_price_check'],
    ['a booking in a state unknown', booking({ status: 'LOST' }), 'bookings_paid_at'],
    ['paid without a time of payment', booking({ status: 'PAID' }), 'bookings_paid_at'],
    ['a hold that has a time of payment', booking({ paidAt: 'now()' }), 'bookings_paid_at'],
    [
      'paid at the end of the hold',
      booking({ status: 'PAID', paidAt: `now() + interval '5 minutes'` }),
      'bookings_paid_in_time',
    ],
    [
      'paid after the end of the hold',
      `UPDATE bookings SET status = 'PAID', paid_at = expires_at + interval '1 second' WHERE id = '${HELD}'`,
      'bookings_paid_in_time',
    ],
    ['a second payment of a booking', payment(PAID), 'payments_booking_key'],
    ['a payment of no booking', payment(NEW), 'payments_booking_id_fkey'],
    [
      'a refunded payment without its time',
      `UPDATE payments SET status = 'REFUNDED' WHERE booking_id = '${PAID}'`,
      'payments_refunded_at',
    ],
    ['a second valid ticket for a seat', ticket(1, HELD), 'tickets_valid_seat_key'],
    ['a second ticket of a booking for a seat', ticket(4, REFUNDED), 'tickets_booking_seat_key'],
    [
      'a valid ticket for a seat whose ticket was used',
      `UPDATE tickets SET status = 'USED', used_at = now() WHERE seat_number = 1; ${ticket(1, HELD)}`,
      'tickets_valid_seat_key',
    ],
    ['a ticket with the code of another', ticket(3, HELD, 'c1'), 'tickets_code_key'],
    ['a ticket with a code that is typed like another', ticket(3, HELD, 'C-I'), 'tickets_code_key'],
    [
      'a used ticket without its time',
      `UPDATE tickets SET status = 'USED' WHERE seat_number = 1`,
      'tickets_used_at',
    ],
    [
      'a valid ticket that was used',
      `UPDATE tickets SET used_at = now() WHERE seat_number = 1`,
      'tickets_used_at',
    ],
    [
      'two tickets used by one scan',
      `UPDATE tickets SET status = 'USED', used_at = now(), scan_id = '${NEW}' WHERE booking_id = '${PAID}'`,
      'tickets_scan_key',
    ],
    [
      'a scan of a ticket that was not used',
      `UPDATE tickets SET scan_id = '${NEW}' WHERE seat_number = 1`,
      'tickets_scan_used',
    ],
    ['a negative balance', `UPDATE points SET balance = -1 WHERE user_id = '${BOB}'`, 'points_balance_check'],
    [
      'a balance that is not the sum of its history',
      `UPDATE points SET balance = 60 WHERE user_id = '${BOB}'`,
      'points_equal_last_entry',
    ],
    [
      'a balance without a history',
      `UPDATE points SET balance = 50, last_entry = NULL WHERE user_id = '${BOB}'`,
      'points_without_history_are_zero',
    ],
    [
      'a balance that forgets its last entry',
      `UPDATE points SET balance = 1000, last_entry = 1 WHERE user_id = '${BOB}'`,
      'points_equal_last_entry',
    ],
    ['an entry below zero', entry(BOB, 2, -60, 50, 'USE', `'${NEW}'`), 'point_histories_balance_after_check'],
    [
      'an entry that does not go on from the one before',
      entry(BOB, 2, 10, 60, 'CHARGE'),
      'point_histories_continue',
    ],
    ['an entry that leaves one out', entry(BOB, 3, 10, 50, 'CHARGE'), 'point_histories_continue'],
    [
      'a first entry that does not start at zero',
      entry(NEW, 1, 10, 5, 'CHARGE'),
      'point_histories_start_at_zero',
    ],
    ['an entry that stands there already', entry(BOB, 1, 10, 0, 'CHARGE'), 'point_histories_pkey'],
    [
      'a second debit of a booking',
      entry(BOB, 2, -10, 50, 'USE', `'${PAID}'`),
      'point_histories_booking_key',
    ],
    [
      'a second refund of a booking',
      entry(BOB, 2, 10, 50, 'REFUND', `'${REFUNDED}'`),
      'point_histories_booking_key',
    ],
    ['a debit that adds', entry(BOB, 2, 10, 50, 'USE', `'${NEW}'`), 'point_histories_sign'],
    ['a charge of nothing', entry(BOB, 2, 0, 50, 'CHARGE'), 'point_histories_sign'],
    ['a debit of no booking', entry(BOB, 2, -10, 50, 'USE'), 'point_histories_sign'],
    [
      'a change to an entry that others go on from',
      `UPDATE point_histories SET amount = 900, balance_after = 900 WHERE user_id = '${ALICE}' AND entry = 1`,
      'point_histories_continue',
    ],
    [
      'the loss of an entry',
      `DELETE FROM point_histories WHERE user_id = '${BOB}'`,
      'points_equal_last_entry',
    ],
    ['a second command of a user under one key', command('key'), 'commands_idempotency_key'],
    [
      'a key without the hash of its request',
      command('other').replace(`'hash')`, 'NULL)'),
      'commands_key_has_hash',
    ],
    [
      'a finished command without its end',
      `UPDATE commands SET finished_at = NULL WHERE id = '${PAID}'`,
      'commands_finished',
    ],
    ['the same command twice', command('other').replace(NEW, PAID), 'commands_pkey'],
    [
      'two accounts of one address, in any case',
      `INSERT INTO users (id, email, name, password_hash) VALUES ('${NEW}', 'ALICE@x.test', '', '')`,
      'users_email_key',
    ],
    ['a role unknown', `UPDATE users SET role = 'root' WHERE id = '${BOB}'`, 'users_role_check'],
    [
      'a date whose booking ends before it starts',
      'UPDATE schedules SET booking_end_at = booking_start_at',
      'schedules_booking_window',
    ],
    ['a show that ends before it starts', 'UPDATE schedules SET end_at = start_at', 'schedules_show'],
  ])('%s', async (_what, sql, constraint) => {
    expect(await world.says(sql)).toBe(constraint);
  });
});

describe('the database takes', () => {
  test.each([
    ['a hold of a free seat', `${booking({})}; INSERT INTO seat_claims VALUES (1, 5, '${NEW}')`],
    ['a payment in time', `UPDATE bookings SET status = 'PAID', paid_at = now() WHERE id = '${HELD}'`],
    ['a valid ticket for a seat whose ticket is void', ticket(4, HELD)],
    [
      'the next entry of a history',
      `${entry(BOB, 2, -50, 50, 'USE', `'${NEW}'`)}; UPDATE points SET balance = 0, last_entry = 2 WHERE user_id = '${BOB}'`,
    ],
    ['the same key of another user', command('key', BOB)],
  ])('%s', async (_what, sql) => {
    expect(await world.says(sql)).toBe('taken');
  });
});

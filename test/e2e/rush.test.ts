import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Charged, JobAnswer } from '../support/contract';
import { outcomeOf, tally } from '../support/fan';
import { type House, Stack } from '../support/stack';
import { inTurns } from '../support/until';

const EVERYBODY = { maxActive: 2000, admitPerInterval: 2000, admitIntervalMs: 100 };

let stack: Stack;
let house: House;
beforeAll(async () => {
  stack = await Stack.start();
  house = await stack.house({ seats: 60, queue: EVERYBODY });
});
afterAll(async () => stack.stop());

const liveClaims = async (seatNumber: number): Promise<object[]> =>
  stack.query('SELECT booking_id FROM seat_claims WHERE schedule_id = $1 AND seat_number = $2', [
    house.scheduleId,
    seatNumber,
  ]);

describe('a rush on one thing', () => {
  test('500 users on one seat: exactly one gets it, all others are told that it is taken', async () => {
    const fans = await stack.fans(500);
    await inTurns(fans, 50, async (fan) => fan.enter(house.concertId));
    const answers = await Promise.all(fans.map(async (fan) => fan.hold(house.scheduleId, [1])));
    const outcomes = await Promise.all(
      fans.map(async (fan, i) => {
        const answer = answers[i];
        return answer === undefined ? 'no answer' : outcomeOf(fan, answer);
      }),
    );
    expect(tally(outcomes)).toEqual({ completed: 1, SEAT_TAKEN: 499 });
    expect(await liveClaims(1)).toHaveLength(1);
    expect(await stack.violations()).toEqual([]);
  });

  test('200 parallel pays of one booking: one debit, one payment, tickets once', async () => {
    const fan = await stack.admitted(house.concertId, 10_000);
    const booking = await fan.held(house.scheduleId, [2, 3]);
    const answers = await Promise.all(Array.from({ length: 200 }, async () => fan.pay(booking.id)));
    const outcomes = await Promise.all(answers.map(async (answer) => outcomeOf(fan, answer)));
    const counts = tally(outcomes);
    expect(counts['completed']).toBe(1);
    // Those that came after the payment had ended the admission were turned away at the door.
    expect((counts['ALREADY_PAID'] ?? 0) + (counts['QUEUE_EXPIRED'] ?? 0)).toBe(199);
    const [money] = await stack.query<{ debits: string; payments: string; tickets: string; balance: string }>(
      `SELECT (SELECT count(*) FROM point_histories WHERE user_id = $1 AND type = 'USE') AS debits,
              (SELECT count(*) FROM payments WHERE user_id = $1) AS payments,
              (SELECT count(*) FROM tickets WHERE user_id = $1) AS tickets,
              (SELECT balance FROM points WHERE user_id = $1) AS balance`,
      [fan.id],
    );
    expect(money).toEqual({ debits: '1', payments: '1', tickets: '2', balance: '8000' });
    expect(await stack.violations()).toEqual([]);
  });

  test('pay and cancel at once: one of them wins, and the money is right either way', async () => {
    const fans = await stack.fans(10, 5000);
    await Promise.all(fans.map(async (fan) => fan.enter(house.concertId)));
    const outcomes = await inTurns(fans, 10, async (fan, i) => {
      const booking = await fan.held(house.scheduleId, [10 + i]);
      const both = await Promise.all([fan.pay(booking.id), fan.cancel(booking.id)]);
      return Promise.all(both.map(async (answer) => outcomeOf(fan, answer)));
    });
    for (const [pay, cancel] of outcomes) {
      expect([
        ['completed', 'completed'],
        ['ALREADY_CANCELLED', 'completed'],
      ]).toContainEqual([pay, cancel]);
    }
    const balances = await stack.query<{ balance: string }>(
      'SELECT balance FROM points WHERE user_id = ANY($1::uuid[])',
      [fans.map((fan) => fan.id)],
    );
    expect(balances.map((row) => row.balance)).toEqual(fans.map(() => '5000'));
    expect(await stack.violations()).toEqual([]);
  });

  test('of several seats all are held or none, however they overlap', async () => {
    const fans = await stack.fans(40);
    await Promise.all(fans.map(async (fan) => fan.enter(house.concertId)));
    const outcomes = await inTurns(fans, 40, async (fan, i) => {
      const from = 30 + (i % 8);
      return outcomeOf(fan, await fan.hold(house.scheduleId, [from, from + 1, from + 2]));
    });
    const bookings = await stack.query<{ seats: number[] }>(
      `SELECT seat_numbers AS seats FROM bookings WHERE schedule_id = $1 AND user_id = ANY($2::uuid[])`,
      [house.scheduleId, fans.map((fan) => fan.id)],
    );
    expect(tally(outcomes)['completed']).toBe(bookings.length);
    expect(bookings.every(({ seats }) => seats.length === 3)).toBe(true);
    const seats = bookings.flatMap((booking) => booking.seats);
    expect(new Set(seats).size).toBe(seats.length);
    expect(await stack.violations()).toEqual([]);
  });

  test('40 requests with one idempotency key over two web processes have one outcome', async () => {
    const fan = await stack.admitted(house.concertId);
    const headers = { 'idempotency-key': 'one-try', prefer: 'wait=10' };
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => fan.hold(house.scheduleId, [50], { headers })),
    );
    const ids = answers.map((answer) => answer.as(JobAnswer, 200, 202).job.id);
    expect(new Set(ids).size).toBe(1);
    const replayed = answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true');
    expect(replayed).toHaveLength(39);
    expect(await fan.end(ids[0] ?? '')).toMatchObject({ status: 'completed' });
    expect(await stack.query('SELECT id FROM bookings WHERE user_id = $1', [fan.id])).toHaveLength(1);
    expect(await stack.violations()).toEqual([]);
  });

  test('20 charges with one idempotency key add the points once', async () => {
    const fan = await stack.fan(0);
    const sent = { body: { amount: 700 }, headers: { 'idempotency-key': 'top-up' } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => fan.send('POST', '/api/points/charge', sent)),
    );
    const [first] = answers.map((answer) => answer.as(Charged, 200));
    expect(first?.balance).toBe(700);
    for (const answer of answers) expect(answer.json).toEqual(first);
    expect((await fan.send('GET', '/api/points')).json).toEqual({ balance: 700 });
    expect(await stack.violations()).toEqual([]);
  });
});

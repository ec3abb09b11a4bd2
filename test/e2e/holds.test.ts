import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Balance, Booking, History, Payments, SeatMap, Tickets } from '../support/contract';
import { type Fan, outcomeOf } from '../support/fan';
import { type House, Stack } from '../support/stack';
import { until, untilIs } from '../support/until';
import { z } from 'zod';

const HOLD_SECONDS = 4;
const BookingAnswer = z.strictObject({ booking: Booking });

let stack: Stack;
let house: House;
let fan: Fan;
let other: Fan;
beforeAll(async () => {
  stack = await Stack.start({ env: { HOLD_TTL_SECONDS: String(HOLD_SECONDS) } });
  house = await stack.house({ seats: 20, price: 1000 });
  [fan, other] = await Promise.all([
    stack.admitted(house.concertId, 10_000),
    stack.admitted(house.concertId, 10_000),
  ]);
});
afterAll(async () => stack.stop());

const seatStatus = async (number: number): Promise<string | undefined> => {
  const map = await other.send('GET', `/api/concerts/schedules/${house.scheduleId}/seats`);
  return map.as(SeatMap, 200).seats[number - 1]?.status;
};
const bookingOf = async (who: Fan, id: string) =>
  (await who.send('GET', `/api/bookings/${id}`)).as(BookingAnswer, 200).booking;

describe('a hold that nobody pays for', () => {
  test('ends by itself, shows as free again, and goes to somebody else', async () => {
    const booking = await fan.held(house.scheduleId, [1]);
    expect(booking).toMatchObject({ status: 'PENDING', paidAt: null, totalPrice: 1000 });
    expect(Date.parse(booking.expiresAt) - Date.parse(booking.createdAt)).toBe(HOLD_SECONDS * 1000);
    expect(await seatStatus(1)).toBe('HELD');
    expect((await other.hold(house.scheduleId, [1])).said).toBe('409 SEAT_TAKEN');
    await untilIs('free', async () => seatStatus(1), 'AVAILABLE');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(booking.expiresAt));
    expect((await bookingOf(fan, booking.id)).status).toBe('EXPIRED');
    expect(await outcomeOf(other, await other.hold(house.scheduleId, [1]))).toBe('completed');
  });

  test('cannot be paid for or cancelled after its end, and costs nothing', async () => {
    const booking = await fan.held(house.scheduleId, [2]);
    await until(
      'over',
      async () => bookingOf(fan, booking.id),
      ({ status }) => status === 'EXPIRED',
    );
    expect(await outcomeOf(fan, await fan.pay(booking.id))).toBe('HOLD_EXPIRED');
    expect(await outcomeOf(fan, await fan.cancel(booking.id))).toBe('NOT_CANCELLABLE');
    expect((await fan.send('GET', '/api/points')).as(Balance, 200).balance).toBe(10_000);
  });

  test('is released by upkeep when the job that should have done it is lost', async () => {
    const booking = await fan.held(house.scheduleId, [3]);
    // Time is moved: the delayed job is not due yet, the hold is.
    await stack.query(
      `UPDATE bookings SET created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour'
        WHERE id = $1`,
      [booking.id],
    );
    await untilIs('free', async () => seatStatus(3), 'AVAILABLE');
    expect(await stack.violations()).toEqual([]);
  });
});

describe('cancelling', () => {
  test('a held booking frees its seats at once', async () => {
    const booking = await fan.held(house.scheduleId, [4, 5]);
    const answer = await fan.cancel(booking.id);
    expect(await outcomeOf(fan, answer)).toBe('completed');
    expect((await bookingOf(fan, booking.id)).status).toBe('CANCELLED');
    expect(await outcomeOf(other, await other.hold(house.scheduleId, [5]))).toBe('completed');
    expect(await outcomeOf(fan, await fan.cancel(booking.id))).toBe('ALREADY_CANCELLED');
    expect(await outcomeOf(fan, await fan.pay(booking.id))).toBe('ALREADY_CANCELLED');
  });

  test('a paid booking gives the points back, voids the tickets and sells the seats again', async () => {
    const buyer = await stack.admitted(house.concertId, 5000);
    const booking = await buyer.held(house.scheduleId, [6, 7]);
    const paid = await buyer.paid(booking.id);
    expect(paid).toMatchObject({ balance: 3000, payment: { amount: 2000, status: 'PAID' } });
    expect(paid.tickets.map((ticket) => ticket.number)).toEqual([6, 7]);
    expect(await seatStatus(6)).toBe('SOLD');
    // Paying ended the admission: cancelling needs none.
    expect(await outcomeOf(buyer, await buyer.cancel(booking.id))).toBe('completed');
    expect((await buyer.send('GET', '/api/points')).json).toEqual({ balance: 5000 });
    const { tickets } = (await buyer.send('GET', '/api/tickets')).as(Tickets, 200);
    expect(tickets.map((ticket) => ticket.status)).toEqual(['VOID', 'VOID']);
    const { payments } = (await buyer.send('GET', '/api/payments')).as(Payments, 200);
    expect(payments).toMatchObject([{ status: 'REFUNDED', amount: 2000, bookingId: booking.id }]);
    const { entries } = (await buyer.send('GET', '/api/points/history')).as(History, 200);
    expect(entries.map(({ type, amount }) => `${type} ${amount}`)).toEqual([
      'REFUND 2000',
      'USE -2000',
      'CHARGE 5000',
    ]);
    await untilIs('free', async () => seatStatus(6), 'AVAILABLE');
    const next = await stack.admitted(house.concertId);
    expect((await next.paid((await next.held(house.scheduleId, [6])).id)).tickets).toHaveLength(1);
    expect(await stack.violations()).toEqual([]);
  });

  test('ten times at once refunds once', async () => {
    const buyer = await stack.admitted(house.concertId, 5000);
    const booking = await buyer.held(house.scheduleId, [8]);
    await buyer.paid(booking.id);
    const answers = await Promise.all(Array.from({ length: 10 }, async () => buyer.cancel(booking.id)));
    const outcomes = await Promise.all(answers.map(async (answer) => outcomeOf(buyer, answer)));
    expect(outcomes.filter((outcome) => outcome === 'completed')).toHaveLength(1);
    expect((await buyer.send('GET', '/api/points')).json).toEqual({ balance: 5000 });
  });

  test('is over when the show has started', async () => {
    const late = await stack.house({ seats: 5 });
    const buyer = await stack.admitted(late.concertId, 5000);
    const booking = await buyer.held(late.scheduleId, [1]);
    await buyer.paid(booking.id);
    await stack.query(
      `UPDATE schedules SET start_at = now() - interval '1 minute', end_at = now() + interval '1 hour' WHERE id = $1`,
      [late.scheduleId],
    );
    // A process that had read the date before keeps it for its life: ask a fresh one.
    await Promise.all(stack.workers.splice(0).map(async (worker) => worker.stop()));
    await stack.addWorker();
    const answer = await buyer.cancel(booking.id);
    expect(await outcomeOf(buyer, answer)).toBe('NOT_CANCELLABLE');
    expect(answer.ms).toBeLessThan(5000); // Nobody serves this date's queue any more: that must not cost the whole wait.
    expect((await buyer.send('GET', '/api/points')).json).toEqual({ balance: 4000 });
  });
});

describe('the limits of a hold', () => {
  test('nobody holds more seats of a date than the limit, over all of their bookings', async () => {
    const small = await stack.house({ seats: 20, seatLimit: 3 });
    const greedy = await stack.admitted(small.concertId);
    await greedy.held(small.scheduleId, [1, 2]);
    expect(await outcomeOf(greedy, await greedy.hold(small.scheduleId, [3, 4]))).toBe('SEAT_LIMIT');
    expect(await outcomeOf(greedy, await greedy.hold(small.scheduleId, [3]))).toBe('completed');
    expect(await outcomeOf(greedy, await greedy.hold(small.scheduleId, [4]))).toBe('SEAT_LIMIT');
  });

  test('without the points the payment is refused and the hold stays', async () => {
    const poor = await stack.admitted(house.concertId, 500);
    const booking = await poor.held(house.scheduleId, [15]);
    const answer = await poor.pay(booking.id);
    expect(answer.said).toBe('402 INSUFFICIENT_POINTS');
    expect(answer.problem).toMatchObject({ balance: 500, required: 1000 });
    await poor.send('POST', '/api/points/charge', { body: { amount: 500 } });
    expect((await poor.paid(booking.id)).balance).toBe(0);
    expect(await stack.violations()).toEqual([]);
  });
});

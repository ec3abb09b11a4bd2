import { describe, expect, test } from '@jest/globals';
import {
  CLOSES,
  NOW,
  NO_CHANGES,
  SHOW,
  balancesOf,
  cancel,
  completed,
  decideGroup,
  decideOne,
  heldBy,
  refused,
  seatsPriced,
  soldTo,
  stateOf,
  verdicts,
} from './state';

describe('cancelling a hold', () => {
  test('frees its seats and moves no points', () => {
    const booking = heldBy('ann', 'b0', [2, 5]);
    const { outcome, changes } = decideOne(stateOf({ bookings: [booking] }), cancel('c1', 'ann', 'b0'));
    const cancelled = { ...booking, status: 'CANCELLED' };
    expect(outcome).toEqual({ commandId: 'c1', status: 'completed', booking: cancelled });
    expect(changes).toEqual({
      ...NO_CHANGES,
      changedBookings: [cancelled],
      freedSeats: [2, 5],
      seatStates: new Map([
        [2, 'AVAILABLE'],
        [5, 'AVAILABLE'],
      ]),
    });
  });

  test('is possible one millisecond before it ends', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [1], { expiresAt: NOW + 1 })] });
    completed(decideOne(state, cancel('c1', 'ann', 'b0')).outcome);
  });

  test('is impossible at exactly its end', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [1], { expiresAt: NOW })] });
    const { outcome, changes } = decideOne(state, cancel('c1', 'ann', 'b0'));
    expect(refused(outcome).code).toBe('NOT_CANCELLABLE');
    expect(changes.changedBookings).toMatchObject([{ id: 'b0', status: 'EXPIRED' }]);
  });
});

describe('cancelling a paid booking', () => {
  const sold = soldTo('ann', 'b0', [2, 5]);
  const { booking, payment, tickets } = sold;
  const state = stateOf({
    bookings: [booking],
    payments: [payment],
    tickets,
    balances: balancesOf({ ann: 30 }),
  });

  test('refunds its price once, voids its tickets and frees its seats', () => {
    const { outcome, changes } = decideOne(state, cancel('c1', 'ann', 'b0'));
    const cancelled = { ...booking, status: 'CANCELLED' };
    expect(outcome).toEqual({ commandId: 'c1', status: 'completed', booking: cancelled });
    expect(changes).toEqual({
      ...NO_CHANGES,
      changedBookings: [cancelled],
      freedSeats: [2, 5],
      refundedPayments: [payment.id],
      voidedTickets: tickets.map(({ id }) => id),
      entries: [
        { userId: 'ann', entry: 2, amount: 7000, balanceAfter: 7030, type: 'REFUND', bookingId: 'b0' },
      ],
      seatStates: new Map([
        [2, 'AVAILABLE'],
        [5, 'AVAILABLE'],
      ]),
    });
  });

  test('refunds what was paid, whatever the seats cost now', () => {
    const dearer = { ...state, seats: seatsPriced(new Map([[2, 1_000_000]])) };
    const { changes } = decideOne(dearer, cancel('c1', 'ann', 'b0'));
    expect(changes.entries).toMatchObject([{ amount: 7000 }]);
  });

  test('leaves the payments and tickets of other bookings alone', () => {
    const other = soldTo('bob', 'b9', [7]);
    const crowded = {
      ...state,
      bookings: [other.booking, booking],
      payments: [other.payment, payment],
      tickets: [...other.tickets, ...tickets],
    };
    const { changes } = decideOne(crowded, cancel('c1', 'ann', 'b0'));
    expect(changes.refundedPayments).toEqual([payment.id]);
    expect(changes.voidedTickets).toEqual(tickets.map(({ id }) => id));
    expect(changes.freedSeats).toEqual([2, 5]);
  });

  test('twice in one group refunds once', () => {
    const { outcomes, changes } = decideGroup(state, [cancel('c1', 'ann', 'b0'), cancel('c2', 'ann', 'b0')]);
    expect(verdicts(outcomes)).toEqual(['completed', 'ALREADY_CANCELLED']);
    expect(changes.entries).toHaveLength(1);
    expect(changes.refundedPayments).toEqual([payment.id]);
  });

  test('of which one ticket was used at the door is refused, and changes nothing', () => {
    const used = tickets.map((ticket, index) =>
      index === 1 ? { ...ticket, status: 'USED' as const } : ticket,
    );
    const { outcome, changes } = decideOne({ ...state, tickets: used }, cancel('c1', 'ann', 'b0'));
    expect(refused(outcome)).toMatchObject({
      code: 'NOT_CANCELLABLE',
      detail: expect.stringContaining('door'),
    });
    expect(changes).toEqual(NO_CHANGES);
  });

  test('is possible after booking has closed, when its hold would have ended long ago', () => {
    completed(decideOne(state, cancel('c1', 'ann', 'b0'), CLOSES + 1).outcome);
  });

  test('is possible one millisecond before the show starts', () => {
    completed(decideOne(state, cancel('c1', 'ann', 'b0'), SHOW - 1).outcome);
  });

  test('is impossible at exactly the start of the show', () => {
    const { outcome, changes } = decideOne(state, cancel('c1', 'ann', 'b0'), SHOW);
    expect(refused(outcome).code).toBe('NOT_CANCELLABLE');
    expect(changes).toEqual(NO_CHANGES);
  });
});

describe('a cancellation is refused and changes nothing', () => {
  test.each([
    ['for a booking that does not exist', cancel('c1', 'ann', 'nothing'), 'BOOKING_NOT_FOUND'],
    ["for another user's hold", cancel('c1', 'bob', 'held'), 'BOOKING_NOT_FOUND'],
    ["for another user's sale", cancel('c1', 'bob', 'sold'), 'BOOKING_NOT_FOUND'],
    ["for another user's cancelled booking", cancel('c1', 'bob', 'cancelled'), 'BOOKING_NOT_FOUND'],
    ['for a booking that was cancelled already', cancel('c1', 'ann', 'cancelled'), 'ALREADY_CANCELLED'],
    ['for a hold that was released', cancel('c1', 'ann', 'released'), 'NOT_CANCELLABLE'],
  ])('%s', (_, command, code) => {
    const sold = soldTo('ann', 'sold', [2]);
    const bookings = [
      heldBy('ann', 'held', [1]),
      sold.booking,
      heldBy('ann', 'cancelled', [3], { status: 'CANCELLED' }),
      heldBy('ann', 'released', [4], { status: 'EXPIRED' }),
    ];
    const state = stateOf({ bookings, payments: [sold.payment], tickets: sold.tickets });
    const { outcome, changes } = decideOne(state, command);
    expect(refused(outcome).code).toBe(code);
    expect(changes).toEqual(NO_CHANGES);
  });

  test('for a hold when the show has started', () => {
    const booking = heldBy('ann', 'b0', [1], { expiresAt: SHOW + 1 });
    const { outcome, changes } = decideOne(stateOf({ bookings: [booking] }), cancel('c1', 'ann', 'b0'), SHOW);
    expect(refused(outcome).code).toBe('NOT_CANCELLABLE');
    expect(changes).toEqual(NO_CHANGES);
  });

  test('of a paid booking is never decided without its payment: that would be a cancellation without a refund', () => {
    const { booking } = soldTo('ann', 'b0', [1]);
    expect(() => decideOne(stateOf({ bookings: [booking] }), cancel('c1', 'ann', 'b0'))).toThrow(
      'not loaded',
    );
  });
});

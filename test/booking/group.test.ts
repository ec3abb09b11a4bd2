import { describe, expect, test } from '@jest/globals';
import {
  NO_CHANGES,
  balancesOf,
  cancel,
  completed,
  decideGroup,
  heldBy,
  hold,
  pay,
  soldTo,
  stateOf,
  verdicts,
} from './state';

describe('commands of one group build on each other', () => {
  test('two payments of one booking are one debit', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [1])], balances: balancesOf({ ann: 50_000 }) });
    const { outcomes, changes } = decideGroup(state, [pay('p1', 'ann', 'b0'), pay('p2', 'ann', 'b0')]);
    expect(verdicts(outcomes)).toEqual(['completed', 'ALREADY_PAID']);
    expect(changes.entries).toHaveLength(1);
    expect(changes.newPayments.map(({ id }) => id)).toEqual(['p1']);
    expect(changes.newTickets).toHaveLength(1);
    expect(changes.changedBookings).toHaveLength(1);
  });

  test('a balance for one of two bookings pays the first and refuses the second with what is left', () => {
    const state = stateOf({
      bookings: [heldBy('ann', 'b0', [3]), heldBy('ann', 'b1', [4])],
      balances: balancesOf({ ann: 5000 }),
    });
    const { outcomes, changes } = decideGroup(state, [pay('p1', 'ann', 'b0'), pay('p2', 'ann', 'b1')]);
    expect(outcomes).toMatchObject([
      { status: 'completed', paid: { balance: 2000 } },
      { status: 'rejected', refusal: { code: 'INSUFFICIENT_POINTS', balance: 2000, required: 4000 } },
    ]);
    expect(changes.entries).toHaveLength(1);
    expect(changes.changedBookings.map(({ id }) => id)).toEqual(['b0']);
  });

  test('entries of one user continue each other, and those of another user have their own count', () => {
    const state = stateOf({
      bookings: [heldBy('ann', 'b0', [1]), heldBy('bob', 'b1', [2]), heldBy('ann', 'b2', [3])],
      balances: new Map([
        ['ann', { balance: 9000, lastEntry: 7 }],
        ['bob', { balance: 2000, lastEntry: 1 }],
      ]),
    });
    const { changes } = decideGroup(state, [
      pay('p1', 'ann', 'b0'),
      pay('p2', 'bob', 'b1'),
      pay('p3', 'ann', 'b2'),
    ]);
    expect(changes.entries).toMatchObject([
      { userId: 'ann', entry: 8, amount: -1000, balanceAfter: 8000 },
      { userId: 'bob', entry: 2, amount: -2000, balanceAfter: 0 },
      { userId: 'ann', entry: 9, amount: -3000, balanceAfter: 5000 },
    ]);
  });

  test('a refund pays for what comes after it', () => {
    const { booking, payment, tickets } = soldTo('ann', 'b0', [3]);
    const state = stateOf({
      bookings: [booking, heldBy('ann', 'b1', [2])],
      payments: [payment],
      tickets,
      balances: balancesOf({ ann: 0 }),
    });
    const { outcomes } = decideGroup(state, [
      pay('p1', 'ann', 'b1'),
      cancel('c1', 'ann', 'b0'),
      pay('p2', 'ann', 'b1'),
    ]);
    expect(verdicts(outcomes)).toEqual(['INSUFFICIENT_POINTS', 'completed', 'completed']);
  });

  test('a cancelled seat goes to the next who asks: freed once, claimed once', () => {
    const { booking, payment, tickets } = soldTo('ann', 'b0', [1]);
    const state = stateOf({
      bookings: [booking],
      payments: [payment],
      tickets,
      balances: balancesOf({ ann: 0, bob: 1000 }),
    });
    const { outcomes, changes } = decideGroup(state, [
      hold('b1', 'bob', [1]),
      cancel('c1', 'ann', 'b0'),
      hold('b2', 'bob', [1]),
      pay('p1', 'bob', 'b2'),
    ]);
    expect(verdicts(outcomes)).toEqual(['SEAT_TAKEN', 'completed', 'completed', 'completed']);
    expect(changes).toMatchObject({
      freedSeats: [1],
      claimedSeats: [{ seatNumber: 1, bookingId: 'b2' }],
      voidedTickets: tickets.map(({ id }) => id),
      newTickets: [{ bookingId: 'b2', status: 'VALID' }],
      seatStates: new Map([[1, 'SOLD']]),
    });
  });

  test('a hold that is cancelled again leaves no claim, only the booking', () => {
    const { changes } = decideGroup(stateOf(), [hold('b1', 'ann', [1]), cancel('c1', 'ann', 'b1')]);
    expect(changes).toEqual({
      ...NO_CHANGES,
      newBookings: [expect.objectContaining({ id: 'b1', status: 'CANCELLED' })],
      seatStates: new Map([[1, 'AVAILABLE']]),
    });
  });

  test('hold, pay and cancel net to a cancelled booking, a refunded payment and void tickets', () => {
    const state = stateOf({ balances: balancesOf({ ann: 5000 }) });
    const { outcomes, changes } = decideGroup(state, [
      hold('b1', 'ann', [1, 2]),
      pay('p1', 'ann', 'b1'),
      cancel('c1', 'ann', 'b1'),
    ]);
    expect(verdicts(outcomes)).toEqual(['completed', 'completed', 'completed']);
    expect(changes).toMatchObject({
      newBookings: [{ id: 'b1', status: 'CANCELLED' }],
      changedBookings: [],
      freedSeats: [],
      claimedSeats: [],
      newPayments: [{ id: 'p1', status: 'REFUNDED' }],
      refundedPayments: [],
      newTickets: [
        { seatNumber: 1, status: 'VOID' },
        { seatNumber: 2, status: 'VOID' },
      ],
      voidedTickets: [],
      entries: [
        { entry: 2, amount: -3000, balanceAfter: 2000, type: 'USE', bookingId: 'b1' },
        { entry: 3, amount: 3000, balanceAfter: 5000, type: 'REFUND', bookingId: 'b1' },
      ],
    });
  });

  test('each outcome shows things as they were right after its command, whatever came later', () => {
    const state = stateOf({ balances: balancesOf({ ann: 5000 }) });
    const outcomes = decideGroup(state, [
      hold('b1', 'ann', [1]),
      pay('p1', 'ann', 'b1'),
      cancel('c1', 'ann', 'b1'),
    ]).outcomes.map(completed);
    expect(outcomes.map(({ booking }) => booking.status)).toEqual(['PENDING', 'PAID', 'CANCELLED']);
    expect(outcomes[1]?.paid).toMatchObject({
      payment: { status: 'PAID' },
      tickets: [{ status: 'VALID' }],
      balance: 4000,
    });
  });

  test('a payment sent ahead of its hold finds no booking', () => {
    const state = stateOf({ balances: balancesOf({ ann: 5000 }) });
    const { outcomes } = decideGroup(state, [pay('p1', 'ann', 'b1'), hold('b1', 'ann', [1])]);
    expect(verdicts(outcomes)).toEqual(['BOOKING_NOT_FOUND', 'completed']);
  });

  test('no commands change nothing', () => {
    expect(decideGroup(stateOf({ bookings: [heldBy('ann', 'b0', [1])] }), [])).toEqual({
      outcomes: [],
      changes: NO_CHANGES,
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import {
  CLOSES,
  NOW,
  NO_CHANGES,
  balancesOf,
  completed,
  decideGroup,
  decideOne,
  heldBy,
  pay,
  refused,
  soldTo,
  stateOf,
  verdicts,
} from './state';

const rich = balancesOf({ ann: 50_000, bob: 50_000 });

describe('paying', () => {
  test('is one debit, one payment, one ticket per seat, and the seats are sold', () => {
    const booking = heldBy('ann', 'b0', [2, 5]);
    const { outcome, changes } = decideOne(
      stateOf({ bookings: [booking], balances: rich }),
      pay('p1', 'ann', 'b0'),
    );
    const paid = { ...booking, status: 'PAID', paidAt: NOW };
    const payment = {
      id: 'p1',
      bookingId: 'b0',
      userId: 'ann',
      amount: 7000,
      status: 'PAID',
      createdAt: NOW,
    };
    const tickets = [2, 5].map((seatNumber): unknown =>
      expect.objectContaining({ bookingId: 'b0', userId: 'ann', seatNumber, status: 'VALID' }),
    );
    expect(outcome).toEqual({
      commandId: 'p1',
      status: 'completed',
      booking: paid,
      paid: { payment, tickets, balance: 43_000 },
    });
    expect(changes).toEqual({
      ...NO_CHANGES,
      changedBookings: [paid],
      newPayments: [payment],
      newTickets: tickets,
      entries: [
        { userId: 'ann', entry: 2, amount: -7000, balanceAfter: 43_000, type: 'USE', bookingId: 'b0' },
      ],
      seatStates: new Map([
        [2, 'SOLD'],
        [5, 'SOLD'],
      ]),
    });
  });

  test('gives every seat a ticket with an id and a code of its own, taken from the blank ones', () => {
    const blankTickets = [1, 2, 3, 4].map((n) => ({ id: `id-${n}`, code: `secret-${n}` }));
    const state = stateOf({
      bookings: [heldBy('ann', 'b0', [1, 2]), heldBy('bob', 'b1', [3, 4])],
      balances: rich,
      blankTickets,
    });
    const { outcomes, changes } = decideGroup(state, [pay('p1', 'ann', 'b0'), pay('p2', 'bob', 'b1')]);
    expect(changes.newTickets.map(({ seatNumber }) => seatNumber).sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4,
    ]);
    const used = changes.newTickets.map(({ id, code }) => ({ id, code }));
    expect(used.sort((a, b) => a.id.localeCompare(b.id))).toEqual(blankTickets);
    expect(outcomes.flatMap((outcome) => completed(outcome).paid?.tickets ?? [])).toEqual(changes.newTickets);
  });

  test('with too few blank tickets is a fault of the caller and decides nothing', () => {
    const state = stateOf({
      bookings: [heldBy('ann', 'b0', [1, 2])],
      balances: rich,
      blankTickets: [{ id: 'only', code: 'one' }],
    });
    expect(() => decideGroup(state, [pay('p1', 'ann', 'b0')])).toThrow('too few blank tickets');
  });

  test('is possible after booking has closed, as long as the hold lasts', () => {
    const booking = heldBy('ann', 'b0', [1], { createdAt: CLOSES, expiresAt: CLOSES + 2 });
    const state = stateOf({ bookings: [booking], balances: rich });
    completed(decideOne(state, pay('p1', 'ann', 'b0'), CLOSES + 1).outcome);
  });

  test('for a seat that costs nothing needs no points, and still is one debit, payment and ticket', () => {
    const booking = heldBy('ann', 'b0', [1], { totalPrice: 0 });
    const { outcome, changes } = decideOne(
      stateOf({ bookings: [booking], balances: new Map([['ann', { balance: 0, lastEntry: null }]]) }),
      pay('p1', 'ann', 'b0'),
    );
    expect(completed(outcome).paid).toMatchObject({ payment: { amount: 0 }, balance: 0 });
    expect(changes.newTickets).toHaveLength(1);
    expect(changes.entries).toHaveLength(1);
    expect(changes.entries[0]?.amount).toBe(0);
    expect(changes.entries[0]).toMatchObject({ entry: 1, balanceAfter: 0, type: 'USE' });
  });
});

describe('the end of a hold', () => {
  test('refuses a payment at exactly that moment, and releases the seats', () => {
    const booking = heldBy('ann', 'b0', [1], { expiresAt: NOW });
    const { outcome, changes } = decideOne(
      stateOf({ bookings: [booking], balances: rich }),
      pay('p1', 'ann', 'b0'),
    );
    expect(refused(outcome).code).toBe('HOLD_EXPIRED');
    expect(changes).toEqual({
      ...NO_CHANGES,
      changedBookings: [{ ...booking, status: 'EXPIRED' }],
      freedSeats: [1],
      seatStates: new Map([[1, 'AVAILABLE']]),
    });
  });

  test('allows a payment one millisecond before it', () => {
    const booking = heldBy('ann', 'b0', [1], { expiresAt: NOW + 1 });
    completed(decideOne(stateOf({ bookings: [booking], balances: rich }), pay('p1', 'ann', 'b0')).outcome);
  });
});

describe('a payment is refused and changes nothing', () => {
  test.each([
    ['for a booking that does not exist', pay('p1', 'ann', 'nothing'), 'BOOKING_NOT_FOUND'],
    ["for another user's hold", pay('p1', 'bob', 'held'), 'BOOKING_NOT_FOUND'],
    ["for another user's sale", pay('p1', 'bob', 'sold'), 'BOOKING_NOT_FOUND'],
    ['for a booking that is paid already', pay('p1', 'ann', 'sold'), 'ALREADY_PAID'],
    ['for a booking that was cancelled', pay('p1', 'ann', 'cancelled'), 'ALREADY_CANCELLED'],
    ['for a hold that was released', pay('p1', 'ann', 'released'), 'HOLD_EXPIRED'],
  ])('%s', (_, command, code) => {
    const bookings = [
      heldBy('ann', 'held', [1]),
      soldTo('ann', 'sold', [2]).booking,
      heldBy('ann', 'cancelled', [3], { status: 'CANCELLED' }),
      heldBy('ann', 'released', [4], { status: 'EXPIRED' }),
    ];
    const { outcome, changes } = decideOne(stateOf({ bookings, balances: rich }), command);
    expect(refused(outcome).code).toBe(code);
    expect(changes).toEqual(NO_CHANGES);
  });

  test('for a paid booking whose hold would have ended by now: it is paid, not expired', () => {
    const booking = { ...soldTo('ann', 'sold', [2]).booking, expiresAt: NOW - 1 };
    const { outcome } = decideOne(stateOf({ bookings: [booking] }), pay('p1', 'ann', 'sold'));
    expect(refused(outcome).code).toBe('ALREADY_PAID');
  });
});

describe('points', () => {
  test('that are one too few refuse the payment, tell both amounts, and the hold stays', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [3])], balances: balancesOf({ ann: 2999 }) });
    const { outcome, changes } = decideOne(state, pay('p1', 'ann', 'b0'));
    expect(refused(outcome)).toMatchObject({ code: 'INSUFFICIENT_POINTS', balance: 2999, required: 3000 });
    expect(changes).toEqual(NO_CHANGES);
  });

  test('that were never charged are none', () => {
    const { outcome } = decideOne(stateOf({ bookings: [heldBy('ann', 'b0', [3])] }), pay('p1', 'ann', 'b0'));
    expect(refused(outcome)).toMatchObject({ code: 'INSUFFICIENT_POINTS', balance: 0, required: 3000 });
  });

  test('that are exactly enough suffice and leave none', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [3])], balances: balancesOf({ ann: 3000 }) });
    const { outcome, changes } = decideOne(state, pay('p1', 'ann', 'b0'));
    expect(completed(outcome).paid?.balance).toBe(0);
    expect(changes.entries).toMatchObject([{ amount: -3000, balanceAfter: 0 }]);
  });

  test('are the balance of whoever pays, not of another', () => {
    const state = stateOf({
      bookings: [heldBy('ann', 'b0', [1])],
      balances: balancesOf({ bob: 9000, ann: 10 }),
    });
    expect(verdicts(decideGroup(state, [pay('p1', 'ann', 'b0')]).outcomes)).toEqual(['INSUFFICIENT_POINTS']);
  });
});

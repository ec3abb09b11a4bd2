import { describe, expect, test } from '@jest/globals';
import {
  CLOSES,
  NOW,
  NO_CHANGES,
  OPENS,
  TTL,
  completed,
  decideGroup,
  decideOne,
  heldBy,
  hold,
  refused,
  soldTo,
  stateOf,
  verdicts,
} from './state';

describe('a hold', () => {
  test('takes its seats for the user until now plus the time to live', () => {
    const { outcome, changes } = decideOne(stateOf(), hold('b1', 'ann', [3]));
    const booking = {
      id: 'b1',
      userId: 'ann',
      seatNumbers: [3],
      totalPrice: 3000,
      status: 'PENDING',
      createdAt: NOW,
      expiresAt: NOW + TTL,
      paidAt: null,
      entryId: null,
    };
    expect(outcome).toEqual({ commandId: 'b1', status: 'completed', booking });
    expect(changes).toEqual({
      ...NO_CHANGES,
      newBookings: [booking],
      claimedSeats: [{ seatNumber: 3, bookingId: 'b1' }],
      seatStates: new Map([[3, 'HELD']]),
    });
  });

  test('uses the time to live that the state carries', () => {
    const { outcome } = decideOne(stateOf({ holdTtlMs: 7 }), hold('b1', 'ann', [3]));
    expect(completed(outcome).booking.expiresAt).toBe(NOW + 7);
  });

  test('costs the sum of its seats and lists them in order', () => {
    const { outcome } = decideOne(stateOf(), hold('b1', 'ann', [10, 2, 5]));
    expect(completed(outcome).booking).toMatchObject({ totalPrice: 17_000, seatNumbers: [2, 5, 10] });
  });

  test('of a free seat next to a taken one is not disturbed by it', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [4])] });
    const { outcome, changes } = decideOne(state, hold('b1', 'ann', [3, 5]));
    completed(outcome);
    expect(changes.freedSeats).toEqual([]);
    expect(changes.changedBookings).toEqual([]);
  });
});

describe('the booking window', () => {
  test.each([
    ['is open at exactly its start', OPENS, 'completed'],
    ['is closed one millisecond before its start', OPENS - 1, 'BOOKING_WINDOW_CLOSED'],
    ['is open at exactly its end', CLOSES, 'completed'],
    ['is closed one millisecond after its end', CLOSES + 1, 'BOOKING_WINDOW_CLOSED'],
  ])('%s', (_, now, verdict) => {
    expect(verdicts(decideGroup(stateOf(), [hold('b1', 'ann', [1])], now).outcomes)).toEqual([verdict]);
  });

  test('says whether booking has not started or is over', () => {
    const early = decideOne(stateOf(), hold('b1', 'ann', [1]), OPENS - 1);
    const late = decideOne(stateOf(), hold('b1', 'ann', [1]), CLOSES + 1);
    expect(refused(early.outcome).detail).not.toBe(refused(late.outcome).detail);
    expect([early.changes, late.changes]).toEqual([NO_CHANGES, NO_CHANGES]);
  });
});

describe('a seat that does not exist', () => {
  test('refuses the hold and is named', () => {
    const { outcome, changes } = decideOne(stateOf(), hold('b1', 'ann', [11]));
    expect(refused(outcome)).toMatchObject({ code: 'SEAT_NOT_FOUND', seatNumbers: [11] });
    expect(changes).toEqual(NO_CHANGES);
  });

  test('refuses all the seats asked for with it, and only the unknown ones are named', () => {
    const { outcome, changes } = decideOne(stateOf(), hold('b1', 'ann', [1, 11, 2, 0]));
    expect(refused(outcome)).toMatchObject({ code: 'SEAT_NOT_FOUND', seatNumbers: [11, 0] });
    expect(changes).toEqual(NO_CHANGES);
  });
});

describe('a taken seat', () => {
  test.each([
    ['held by another user', stateOf({ bookings: [heldBy('bob', 'b0', [1])] })],
    ['held by the same user', stateOf({ bookings: [heldBy('ann', 'b0', [1])] })],
    ['sold to another user', stateOf({ bookings: [soldTo('bob', 'b0', [1]).booking] })],
    ['sold to the same user', stateOf({ bookings: [soldTo('ann', 'b0', [1]).booking] })],
    [
      'held by another user for one more millisecond',
      stateOf({ bookings: [heldBy('bob', 'b0', [1], { expiresAt: NOW + 1 })] }),
    ],
    [
      'sold to another user whose hold would have ended long ago',
      stateOf({ bookings: [{ ...soldTo('bob', 'b0', [1]).booking, expiresAt: NOW - 1 }] }),
    ],
  ])('is refused when it is %s', (_, state) => {
    const { outcome, changes } = decideOne(state, hold('b1', 'ann', [1]));
    expect(refused(outcome)).toMatchObject({ code: 'SEAT_TAKEN', seatNumbers: [1] });
    expect(changes).toEqual(NO_CHANGES);
  });

  test.each(['EXPIRED', 'CANCELLED'] as const)('is free again when its booking is %s', (status) => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1], { status })] });
    const { outcome, changes } = decideOne(state, hold('b1', 'ann', [1]));
    completed(outcome);
    expect(changes).toMatchObject({
      freedSeats: [],
      changedBookings: [],
      claimedSeats: [{ seatNumber: 1, bookingId: 'b1' }],
    });
  });

  test('refuses all the seats asked for with it, and only the taken ones are named', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [2, 9]), soldTo('eve', 'b9', [4]).booking] });
    const { outcome, changes } = decideOne(state, hold('b1', 'ann', [1, 4, 2, 3]));
    expect(refused(outcome)).toMatchObject({ code: 'SEAT_TAKEN', seatNumbers: [4, 2] });
    expect(changes).toEqual(NO_CHANGES);
  });

  test('goes to the first of two commands in one group, whoever sent them', () => {
    const { outcomes, changes } = decideGroup(stateOf(), [
      hold('b2', 'bob', [1]),
      hold('b1', 'ann', [1]),
      hold('b3', 'bob', [1]),
    ]);
    expect(verdicts(outcomes)).toEqual(['completed', 'SEAT_TAKEN', 'SEAT_TAKEN']);
    expect(outcomes.map(({ commandId }) => commandId)).toEqual(['b2', 'b1', 'b3']);
    expect(changes.newBookings.map(({ id }) => id)).toEqual(['b2']);
    expect(changes.claimedSeats).toEqual([{ seatNumber: 1, bookingId: 'b2' }]);
  });

  test('does not keep the other seats of a refused command from those who come after it', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1])] });
    const { outcomes } = decideGroup(state, [hold('b1', 'ann', [1, 2]), hold('b2', 'eve', [2])]);
    expect(verdicts(outcomes)).toEqual(['SEAT_TAKEN', 'completed']);
  });

  test('that names a seat twice takes and prices it once', () => {
    const { outcome, changes } = decideOne(stateOf(), hold('b1', 'ann', [3, 3]));
    expect(completed(outcome).booking).toMatchObject({ seatNumbers: [3], totalPrice: 3000 });
    expect(changes.claimedSeats).toEqual([{ seatNumber: 3, bookingId: 'b1' }]);
  });

  test('that names no seat is refused', () => {
    const { outcome } = decideOne(stateOf(), hold('b1', 'ann', []));
    expect(refused(outcome).code).toBe('SEAT_NOT_FOUND');
  });
});

import { describe, expect, test } from '@jest/globals';
import {
  NOW,
  NO_CHANGES,
  cancel,
  completed,
  decideGroup,
  decideOne,
  heldBy,
  hold,
  pay,
  refused,
  stateOf,
  verdicts,
} from './state';

const ended = { expiresAt: NOW };

describe('a hold that has ended', () => {
  test('counts as free at once: the seat is taken over and the old booking expires', () => {
    const old = heldBy('bob', 'b0', [1], ended);
    const { outcome, changes } = decideOne(stateOf({ bookings: [old] }), hold('b1', 'ann', [1]));
    const { booking } = completed(outcome);
    expect(changes).toEqual({
      ...NO_CHANGES,
      newBookings: [booking],
      changedBookings: [{ ...old, status: 'EXPIRED' }],
      freedSeats: [1],
      claimedSeats: [{ seatNumber: 1, bookingId: 'b1' }],
      seatStates: new Map([[1, 'HELD']]),
    });
  });

  test('can be taken over by the same user', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [1], ended)] });
    completed(decideOne(state, hold('b1', 'ann', [1])).outcome);
  });

  test('frees its other seats too when one of them is taken over', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1, 2], ended)] });
    const { changes } = decideOne(state, hold('b1', 'ann', [2]));
    expect(changes).toMatchObject({
      freedSeats: [1, 2],
      claimedSeats: [{ seatNumber: 2, bookingId: 'b1' }],
      seatStates: new Map([
        [1, 'AVAILABLE'],
        [2, 'HELD'],
      ]),
    });
  });

  test('is released even when no command asks for anything', () => {
    const due = heldBy('bob', 'b0', [1, 2], ended);
    const alive = heldBy('ann', 'b1', [3], { expiresAt: NOW + 1 });
    const { outcomes, changes } = decideGroup(stateOf({ bookings: [due, alive] }), []);
    expect(outcomes).toEqual([]);
    expect(changes).toEqual({
      ...NO_CHANGES,
      changedBookings: [{ ...due, status: 'EXPIRED' }],
      freedSeats: [1, 2],
      seatStates: new Map([
        [1, 'AVAILABLE'],
        [2, 'AVAILABLE'],
      ]),
    });
  });

  test('is released even when the command that found it is refused', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1], ended), heldBy('bob', 'b9', [2])] });
    const { outcome, changes } = decideOne(state, hold('b1', 'ann', [1, 2]));
    expect(refused(outcome)).toMatchObject({ code: 'SEAT_TAKEN', seatNumbers: [2] });
    expect(changes).toMatchObject({ freedSeats: [1], claimedSeats: [], newBookings: [] });
  });

  test('gives its seat to the first of two who ask in one group', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1], ended)] });
    const { outcomes, changes } = decideGroup(state, [hold('b1', 'ann', [1]), hold('b2', 'eve', [1])]);
    expect(verdicts(outcomes)).toEqual(['completed', 'SEAT_TAKEN']);
    expect(changes).toMatchObject({
      freedSeats: [1],
      claimedSeats: [{ seatNumber: 1, bookingId: 'b1' }],
    });
  });

  test('cannot be paid or cancelled, not even ahead of whoever takes the seat over', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1], ended)] });
    const { outcomes } = decideGroup(state, [
      pay('p1', 'bob', 'b0'),
      cancel('c1', 'bob', 'b0'),
      hold('b1', 'ann', [1]),
    ]);
    expect(verdicts(outcomes)).toEqual(['HOLD_EXPIRED', 'NOT_CANCELLABLE', 'completed']);
  });

  test('is left alone once it has been released', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1], { ...ended, status: 'EXPIRED' })] });
    expect(decideGroup(state, []).changes).toEqual(NO_CHANGES);
  });

  test('leaves alone the seat that another user holds since', () => {
    const state = stateOf({
      bookings: [heldBy('ann', 'b1', [1]), heldBy('bob', 'b0', [1], { ...ended, status: 'EXPIRED' })],
    });
    const { outcomes, changes } = decideGroup(state, [pay('p1', 'bob', 'b0'), hold('b2', 'bob', [1])]);
    expect(verdicts(outcomes)).toEqual(['HOLD_EXPIRED', 'SEAT_TAKEN']);
    expect(changes).toEqual(NO_CHANGES);
  });
});

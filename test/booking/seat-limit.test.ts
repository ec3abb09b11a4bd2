import { describe, expect, test } from '@jest/globals';
import {
  NOW,
  NO_CHANGES,
  balancesOf,
  cancel,
  decideGroup,
  decideOne,
  heldBy,
  hold,
  pay,
  refused,
  soldTo,
  stateOf,
  verdicts,
} from './state';

describe('the seat limit', () => {
  test('allows exactly as many seats as it says in one hold', () => {
    expect(verdicts(decideGroup(stateOf(), [hold('b1', 'ann', [1, 2, 3, 4])]).outcomes)).toEqual([
      'completed',
    ]);
  });

  test('refuses one seat more in one hold, and takes none', () => {
    const { outcome, changes } = decideOne(stateOf(), hold('b1', 'ann', [1, 2, 3, 4, 5]));
    expect(refused(outcome).code).toBe('SEAT_LIMIT');
    expect(changes).toEqual(NO_CHANGES);
  });

  test('is the one that the schedule carries', () => {
    const state = stateOf({ schedule: { seatLimit: 1 } });
    const { outcomes } = decideGroup(state, [hold('b1', 'ann', [1, 2]), hold('b2', 'ann', [1])]);
    expect(verdicts(outcomes)).toEqual(['SEAT_LIMIT', 'completed']);
  });

  test('counts held and paid seats that the user has already', () => {
    const bookings = [heldBy('ann', 'b0', [1]), soldTo('ann', 'b9', [2, 3]).booking];
    const exact = decideGroup(stateOf({ bookings }), [hold('b1', 'ann', [4])]);
    const over = decideGroup(stateOf({ bookings }), [hold('b1', 'ann', [4, 5])]);
    expect(verdicts(exact.outcomes)).toEqual(['completed']);
    expect(verdicts(over.outcomes)).toEqual(['SEAT_LIMIT']);
  });

  test.each([
    ['a paid seat', soldTo('ann', 'b0', [1, 2, 3, 4]).booking, 'SEAT_LIMIT'],
    [
      'a hold with one more millisecond',
      heldBy('ann', 'b0', [1, 2, 3, 4], { expiresAt: NOW + 1 }),
      'SEAT_LIMIT',
    ],
    ['not a hold that ends now', heldBy('ann', 'b0', [1, 2, 3, 4], { expiresAt: NOW }), 'completed'],
    ['not a released hold', heldBy('ann', 'b0', [1, 2, 3, 4], { status: 'EXPIRED' }), 'completed'],
    ['not a cancelled booking', heldBy('ann', 'b0', [1, 2, 3, 4], { status: 'CANCELLED' }), 'completed'],
    ['not a seat of another user', heldBy('bob', 'b0', [1, 2, 3, 4]), 'completed'],
  ])('counts %s', (_, booking, verdict) => {
    const { outcomes } = decideGroup(stateOf({ bookings: [booking] }), [hold('b1', 'ann', [5])]);
    expect(verdicts(outcomes)).toEqual([verdict]);
  });

  test('counts the holds of the same group', () => {
    const { outcomes } = decideGroup(stateOf(), [
      hold('b1', 'ann', [1, 2]),
      hold('b2', 'bob', [3]),
      hold('b3', 'ann', [4, 5, 6]),
      hold('b4', 'ann', [4, 5]),
      hold('b5', 'ann', [6]),
    ]);
    expect(verdicts(outcomes)).toEqual(['completed', 'completed', 'SEAT_LIMIT', 'completed', 'SEAT_LIMIT']);
  });

  test('does not count a hold that was refused', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'b0', [1])] });
    const { outcomes } = decideGroup(state, [hold('b1', 'ann', [1, 2, 3]), hold('b2', 'ann', [2, 3, 4, 5])]);
    expect(verdicts(outcomes)).toEqual(['SEAT_TAKEN', 'completed']);
  });

  test('gives back what is cancelled earlier in the group', () => {
    const state = stateOf({ bookings: [heldBy('ann', 'b0', [1, 2, 3, 4])] });
    const { outcomes } = decideGroup(state, [
      hold('b1', 'ann', [5]),
      cancel('c1', 'ann', 'b0'),
      hold('b2', 'ann', [5, 6, 7, 8]),
      hold('b3', 'ann', [9]),
    ]);
    expect(verdicts(outcomes)).toEqual(['SEAT_LIMIT', 'completed', 'completed', 'SEAT_LIMIT']);
  });

  test('counts a seat once when it is held and then paid for in the same group', () => {
    const state = stateOf({ balances: balancesOf({ ann: 100_000 }) });
    const { outcomes } = decideGroup(state, [
      hold('b1', 'ann', [1, 2, 3]),
      pay('p1', 'ann', 'b1'),
      hold('b2', 'ann', [4]),
      hold('b3', 'ann', [5]),
    ]);
    expect(verdicts(outcomes)).toEqual(['completed', 'completed', 'completed', 'SEAT_LIMIT']);
  });
});

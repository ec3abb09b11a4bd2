import { describe, expect, test } from '@jest/globals';
import type { PresaleGrant } from '../../src/booking/types';
import { CLOSES, decideGroup, decideOne, heldBy, hold, NOW, pay, refused, stateOf, verdicts } from './state';

/** Booking for all starts later than now. */
const LATER = NOW + 10_000;
const early = (rest = {}) => stateOf({ schedule: { bookingStartAt: LATER }, ...rest });
const grant = (changes: Partial<PresaleGrant> = {}): PresaleGrant => ({
  untilMs: NOW + 1,
  opensAtMs: LATER,
  seatLimit: null,
  ...changes,
});
const held = (id: string, seats: number[], presale: PresaleGrant) => ({ ...hold(id, 'ann', seats), presale });
const verdict = (state: ReturnType<typeof stateOf>, command: ReturnType<typeof held>): string =>
  verdicts(decideGroup(state, [command]).outcomes)[0] ?? '';

describe('a hold in a presale', () => {
  test('is made before booking for all starts, until the last millisecond, and without the grant is not', () => {
    expect(verdict(early(), held('b1', [1], grant()))).toBe('completed');
    expect(verdict(early(), held('b1', [1], grant({ untilMs: NOW })))).toBe('BOOKING_WINDOW_CLOSED');
    expect(verdicts(decideGroup(early(), [hold('b1', 'ann', [1])]).outcomes)).toEqual([
      'BOOKING_WINDOW_CLOSED',
    ]);
  });

  test('that comes late is refused although the date could be booked, as long as the room is not open to all', () => {
    const over = grant({ untilMs: NOW, opensAtMs: NOW + 1 });
    expect(verdict(stateOf(), held('b1', [1], over))).toBe('BOOKING_WINDOW_CLOSED');
    expect(verdict(stateOf(), held('b1', [1], { ...over, opensAtMs: null }))).toBe('BOOKING_WINDOW_CLOSED');
  });

  test('that comes as the room has opened is one like any other: by the window and the limit of all', () => {
    const open = grant({ untilMs: NOW, opensAtMs: NOW, seatLimit: 1 });
    expect(verdict(stateOf(), held('b1', [1, 2], open))).toBe('completed');
    expect(verdict(early(), held('b1', [1], open))).toBe('BOOKING_WINDOW_CLOSED');
    // The opening ends a presale, whatever its own end says.
    expect(verdict(stateOf(), held('b1', [1, 2], { ...open, untilMs: CLOSES }))).toBe('completed');
  });

  test('keeps to the limit of the presale, smaller or larger than that of all, which counts what is held already', () => {
    const one = grant({ seatLimit: 1 });
    expect(verdict(early(), held('b1', [1, 2], one))).toBe('SEAT_LIMIT');
    expect(verdict(early(), held('b1', [1], one))).toBe('completed');
    expect(verdict(early({ bookings: [heldBy('ann', 'b0', [5])] }), held('b1', [1], one))).toBe('SEAT_LIMIT');
    expect(verdict(early(), held('b1', [1, 2, 3, 4, 5, 6], grant({ seatLimit: 6 })))).toBe('completed');
    expect(verdict(early(), held('b1', [1, 2, 3, 4, 5], grant()))).toBe('SEAT_LIMIT');
  });

  test('ends with the booking window all the same, and takes no seat that is taken', () => {
    const closed = early({ schedule: { bookingStartAt: LATER, bookingEndAt: NOW - 1 } });
    expect(verdict(closed, held('b1', [1], grant()))).toBe('BOOKING_WINDOW_CLOSED');
    const taken = early({ bookings: [heldBy('bob', 'b0', [1])] });
    expect(refused(decideOne(taken, held('b1', [1], grant())).outcome).code).toBe('SEAT_TAKEN');
  });

  test('can be paid after it', () => {
    const bookings = [heldBy('ann', 'b0', [1])];
    const state = early({ bookings, balances: new Map([['ann', { balance: 1000, lastEntry: 1 }]]) });
    expect(verdicts(decideGroup(state, [pay('p1', 'ann', 'b0')]).outcomes)).toEqual(['completed']);
  });
});

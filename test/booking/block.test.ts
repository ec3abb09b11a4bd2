import { describe, expect, test } from '@jest/globals';
import { leftSingle } from '../../src/booking/single-seats';
import type { Command } from '../../src/booking/types';
import { NOW, decideGroup, heldBy, hold, NO_CHANGES, refused, soldTo, stateOf, verdicts } from './state';
import { WaitlistWorld } from './waitlist-world';

const command = (kind: 'block' | 'unblock', seatNumbers: number[]): Command => ({
  id: `${kind} ${seatNumbers.join(' ')}`,
  userId: 'staff',
  kind,
  seatNumbers,
  requestId: 'r',
});
const ROW = [{ name: 'A', rows: 1, seatsPerRow: 6 }];

describe('seats that are taken out of sale', () => {
  test('are claimed by nobody, shown as blocked, and counted', () => {
    const { outcomes, changes } = decideGroup(stateOf(), [command('block', [3, 4])]);
    expect(outcomes).toEqual([{ commandId: 'block 3 4', status: 'completed', blocked: 2 }]);
    expect(changes).toEqual({
      ...NO_CHANGES,
      claimedSeats: [
        { seatNumber: 3, bookingId: null },
        { seatNumber: 4, bookingId: null },
      ],
      seatStates: new Map([
        [3, 'BLOCKED'],
        [4, 'BLOCKED'],
      ]),
      acts: [
        {
          userId: 'staff',
          action: 'schedule.block',
          subject: 'schedule:schedule',
          before: { blocked: 0 },
          after: { blocked: 2, seatNumbers: [3, 4] },
          requestId: 'r',
        },
      ],
    });
  });

  test('are all free or out of sale already, else none is', () => {
    const { booking } = soldTo('ann', 'sold', [2]);
    const state = stateOf({
      bookings: [heldBy('bob', 'held', [3]), booking, heldBy('eve', 'over', [5], { expiresAt: NOW })],
      blocked: { named: [1], count: 1 },
    });
    const { outcomes } = decideGroup(state, [command('block', [1, 2, 3, 4]), command('block', [1, 4, 5])]);
    expect(refused(outcomes[0])).toMatchObject({ code: 'SEAT_TAKEN', seatNumbers: [2, 3] });
    expect(outcomes[1]).toMatchObject({ status: 'completed', blocked: 3 });
  });

  test('blocked again, or put back where they are not blocked, change nothing', () => {
    const state = stateOf({ bookings: [heldBy('bob', 'held', [3])], blocked: { named: [1], count: 1 } });
    const { outcomes, changes } = decideGroup(state, [command('block', [1]), command('unblock', [2, 3])]);
    expect(verdicts(outcomes)).toEqual(['completed', 'completed']);
    expect(changes).toEqual(NO_CHANGES);
  });

  test('can be blocked and put back whatever the window is, and while the sale is stopped', () => {
    const state = stateOf({ schedule: { stopped: true } });
    expect(verdicts(decideGroup(state, [command('block', [1]), hold('h', 'ann', [2])]).outcomes)).toEqual([
      'completed',
      'BOOKING_WINDOW_CLOSED',
    ]);
    expect(verdicts(decideGroup(state, [command('unblock', [1])], NOW * 9).outcomes)).toEqual(['completed']);
  });

  test('end a row like any seat that is taken: beside them no single seat is left', () => {
    const world = new WaitlistWorld(ROW);
    world.run([command('block', [3])], NOW);
    const free = world.hall?.free;
    if (free === undefined) throw new Error('no hall');
    expect(leftSingle(free, [1])).toEqual([2]);
    expect(leftSingle(free, [4])).toEqual([]);
  });

  test('are offered first to whoever waits, once they are back, and only what fits', () => {
    const world = new WaitlistWorld(ROW);
    const wish = { kind: 'enlist' as const, sections: null, accessible: false };
    world.run([command('block', [1, 2, 3, 4, 5, 6])], NOW);
    world.run(
      [
        { id: 'e1', userId: 'ann', count: 3, ...wish },
        { id: 'e2', userId: 'bob', count: 1, ...wish },
      ],
      NOW,
    );
    const { outcomes } = world.run([command('unblock', [4, 5]), hold('h', 'eve', [4])], NOW);
    expect(verdicts(outcomes)).toEqual(['completed', 'completed']);
    expect([...world.bookings.values()].map(({ userId, seatNumbers }) => [userId, seatNumbers])).toEqual([
      ['bob', [5]],
      ['eve', [4]],
    ]);
    expect(world.faults(NOW)).toEqual([]);
  });
});

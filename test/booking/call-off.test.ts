import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { callOff } from '../../src/booking/call-off';
import { decide } from '../../src/booking/decide';
import type { Command } from '../../src/booking/types';
import { audit } from './audit';
import { newStore, script } from './scripts';
import { decideGroup, heldBy, hold, cancel, pay, NOW, SHOW, soldTo, stateOf, verdicts } from './state';
import { addEntry, applyChanges, loadAll, type Store } from './store';
import { WaitlistWorld } from './waitlist-world';

const OFF = { cancelledAt: NOW - 1 };

describe('a show that is called off', () => {
  test('refuses whatever waits, with words of its own; but whoever leaves the list may leave', () => {
    const { booking, payment, tickets } = soldTo('ann', 'sold', [2]);
    const state = stateOf({
      schedule: OFF,
      bookings: [booking, heldBy('bob', 'held', [3])],
      payments: [payment],
      tickets,
    });
    const commands: Command[] = [
      hold('h', 'eve', [1]),
      pay('p', 'bob', 'held'),
      cancel('c', 'ann', 'sold'),
      { id: 'b', userId: 'staff', kind: 'block', seatNumbers: [1], requestId: null },
      { id: 'e', userId: 'eve', kind: 'enlist', count: 1, sections: null, accessible: false },
    ];
    expect(verdicts(decideGroup(state, commands).outcomes)).toEqual(Array<string>(5).fill('SHOW_CANCELLED'));
  });

  test('tells those who wait that it is over, and offers them nothing', () => {
    const world = new WaitlistWorld([{ name: 'A', rows: 1, seatsPerRow: 1 }]);
    world.run([hold('h', 'ann', [1])], NOW);
    world.run([{ id: 'e', userId: 'eve', kind: 'enlist', count: 1, sections: null, accessible: false }], NOW);
    const off = world.state({ schedule: OFF });
    const { outcomes } = world.run(
      [{ id: 'w', userId: 'eve', kind: 'withdraw', entryId: 'e' }],
      NOW * 2,
      off,
    );
    expect(outcomes[0]).toMatchObject({ entry: { status: 'LEFT' } });
    expect(world.bookings.size).toBe(1);
  });

  test('ends what is live also after its start, whoever is inside, and refunds what was paid', () => {
    const { booking, payment, tickets } = soldTo('ann', 'sold', [2]);
    const state = stateOf({
      schedule: OFF,
      bookings: [booking, heldBy('bob', 'held', [3], { expiresAt: SHOW + 2 }), heldBy('eve', 'over', [4])],
      balances: new Map([['ann', { balance: 5, lastEntry: 1 }]]),
      payments: [payment],
      tickets,
    });
    const { changes, ...counted } = callOff(state, SHOW + 1);
    expect(counted).toEqual({ cancelled: 2, refunded: 1, points: 2000 });
    expect(changes.changedBookings.map(({ id, status }) => [id, status])).toEqual([
      ['over', 'EXPIRED'],
      ['sold', 'CANCELLED'],
      ['held', 'CANCELLED'],
    ]);
    expect(changes).toMatchObject({
      freedSeats: [4, 2, 3],
      refundedPayments: [payment.id],
      voidedTickets: ['ticket-of-sold-2'],
    });
    expect(changes.entries).toEqual([
      { userId: 'ann', entry: 2, amount: 2000, balanceAfter: 2005, type: 'REFUND', bookingId: 'sold' },
    ]);
  });

  test('cannot be one that takes place, nor forget a refund', () => {
    expect(() => callOff(stateOf(), NOW)).toThrow('takes place');
    const { booking } = soldTo('ann', 'sold', [2]);
    expect(() => callOff(stateOf({ schedule: OFF, bookings: [booking] }), NOW)).toThrow('without a refund');
  });

  test('whatever was sold before, in steps of whatever size, each payment comes back once and nothing is live', () => {
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 3 }), (steps, atOnce) => {
        const store = newStore();
        for (const step of steps) {
          for (const { userId, amount } of step.charges) {
            const { balance, lastEntry } = store.balances.get(userId) ?? { balance: 0, lastEntry: null };
            const entry = { userId, entry: (lastEntry ?? 0) + 1, amount, balanceAfter: balance + amount };
            addEntry(store, { ...entry, type: 'CHARGE', bookingId: null });
          }
          applyChanges(store, decide(loadAll(store), step.commands, step.now).changes);
        }
        const now = steps.at(-1)?.now ?? 0;
        const charged = (userId: string) =>
          store.history.reduce(
            (sum, { type, amount, ...entry }) =>
              sum + (type === 'CHARGE' && entry.userId === userId ? amount : 0),
            0,
          );
        store.schedule.cancelledAt = now;
        let done = { cancelled: 0, points: 0 };
        for (let turn = 0; turn < 100 && live(store).length > 0; turn += 1) {
          const bookings = live(store).slice(0, atOnce);
          const { changes, cancelled, points } = callOff(
            { ...loadAll(store), bookings, hall: undefined },
            now,
          );
          applyChanges(store, changes);
          done = { cancelled: done.cancelled + cancelled, points: done.points + points };
          expect(audit(store)).toEqual([]);
        }
        expect(live(store)).toEqual([]);
        for (const [userId, { balance }] of store.balances) expect(balance).toBe(charged(userId));
        const all = decide(loadAll(store), [hold('late', 'ann', [1]), hold('later', 'eve', [2])], now);
        expect(verdicts(all.outcomes)).toEqual(['SHOW_CANCELLED', 'SHOW_CANCELLED']);
      }),
      { numRuns: 200 },
    );
  });
});

const live = (store: Store) =>
  [...store.bookings.values()].filter(({ status }) => status === 'PENDING' || status === 'PAID');

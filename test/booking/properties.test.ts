import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decide } from '../../src/booking/decide';
import { REFUSALS } from '../../src/booking/types';
import type { Command, Outcome, State } from '../../src/booking/types';
import { audit, expectedRefusal } from './audit';
import { newStore, script } from './scripts';
import type { Step } from './scripts';
import { decideGroup, verdicts } from './state';
import { addEntry, applyChanges, loadAll, loadTouched } from './store';
import type { Store } from './store';

type Load = (store: Store, commands: Command[], now: number) => State;

/** Decides commands as one group and writes what they change. */
function run(store: Store, commands: Command[], now: number, load: Load = loadAll): Outcome[] {
  const { outcomes, changes } = decide(load(store, commands, now), commands, now);
  applyChanges(store, changes);
  return outcomes;
}

function charge(store: Store, { charges }: Step): void {
  for (const { userId, amount } of charges) {
    const { balance, lastEntry } = store.balances.get(userId) ?? { balance: 0, lastEntry: null };
    const entry = (lastEntry ?? 0) + 1;
    addEntry(store, {
      userId,
      entry,
      amount,
      balanceAfter: balance + amount,
      type: 'CHARGE',
      bookingId: null,
    });
  }
}

/** Checks something about every step of many scripts, each on a new store (or on two, to compare). */
function always(runs: number, check: (step: Step, store: Store, other: Store) => void): void {
  fc.assert(
    fc.property(script, (steps) => {
      const store = newStore();
      const other = newStore();
      for (const step of steps) {
        for (const each of [store, other]) each.schedule.stopped = step.stopped;
        charge(store, step);
        charge(other, step);
        check(step, store, other);
      }
    }),
    { numRuns: runs },
  );
}

test('whatever users send, every change fits the store and every invariant holds after every group', () => {
  always(600, ({ commands, now }, store) => {
    const outcomes = run(store, commands, now);
    expect(outcomes.map(({ commandId }) => commandId)).toEqual(commands.map(({ id }) => id));
    expect(audit(store)).toEqual([]);
  });
});

test('no hold is left alive at or after its end once anything was decided', () => {
  always(300, ({ commands, now }, store) => {
    run(store, commands, now);
    const overdue = [...store.bookings.values()].filter(
      ({ status, expiresAt }) => status === 'PENDING' && expiresAt <= now,
    );
    expect(overdue).toEqual([]);
  });
});

test('a command is refused exactly when a rule says so, with that rule, and then changes nothing', () => {
  always(300, ({ commands, now }, store) => {
    for (const command of commands) {
      const expected = expectedRefusal(store, command, now);
      const released = decide(loadAll(store), [], now).changes;
      const { outcomes, changes } = decide(loadAll(store), [command], now);
      expect(verdicts(outcomes)).toEqual([expected ?? 'completed']);
      if (expected !== null) expect(changes).toEqual(released);
      applyChanges(store, changes);
    }
  });
});

test('an outcome shows the rows as they are stored right after its command', () => {
  always(300, ({ commands, now }, store) => {
    for (const command of commands) {
      const [outcome] = run(store, [command], now);
      if (outcome?.status !== 'completed' || !('booking' in outcome)) continue;
      const { booking, paid } = outcome;
      expect(store.bookings.get(booking.id)).toEqual(booking);
      if (paid === undefined) continue;
      expect(store.payments.get(paid.payment.id)).toEqual(paid.payment);
      expect(paid.tickets.map(({ id }) => store.tickets.get(id))).toEqual(paid.tickets);
      expect(store.balances.get(booking.userId)?.balance).toBe(paid.balance);
    }
  });
});

test('deciding a group is deciding its commands one by one', () => {
  always(300, ({ commands, now }, store, other) => {
    const singly = [run(other, [], now), ...commands.map((command) => run(other, [command], now))].flat();
    expect(run(store, commands, now)).toEqual(singly);
    const left = { blankTickets: store.blankTickets.length };
    expect({ ...other, blankTickets: other.blankTickets.length, plan: store.plan }).toEqual({
      ...store,
      ...left,
    });
  });
});

test('loading just what the commands touch decides like loading everything', () => {
  always(300, ({ commands, now }, store, other) => {
    expect(run(store, commands, now, loadTouched)).toEqual(run(other, commands, now));
    expect(audit(store)).toEqual([]);
  });
});

test('the same input gives the same decision, and is not changed by it', () => {
  always(50, ({ commands, now }, store) => {
    const { hall, ...rest } = loadAll(store);
    const state = { ...structuredClone(rest), hall };
    const first = decideGroup(state, commands, now);
    expect(decide(state, commands, now)).toEqual(first);
    applyChanges(store, first.changes);
  });
});

// Decided in scripts of their own: see waiting-list.test.ts and call-off.test.ts.
const OF_OTHERS = ['NOT_SOLD_OUT', 'ALREADY_WAITING', 'ENTRY_NOT_FOUND', 'SHOW_CANCELLED'];

test('the scripts that these properties run on come to every verdict', () => {
  const seen = fc.sample(script, { numRuns: 300, seed: 1 }).flatMap((steps) => {
    const store = newStore();
    return steps.flatMap((step) => {
      charge(store, step);
      return verdicts(run(store, step.commands, step.now));
    });
  });
  expect([...new Set(seen)].sort((a, b) => a.localeCompare(b))).toEqual(
    ['completed', ...REFUSALS]
      .filter((verdict) => !OF_OTHERS.includes(verdict))
      .sort((a, b) => a.localeCompare(b)),
  );
});

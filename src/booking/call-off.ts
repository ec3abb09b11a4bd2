import { expireDue } from './expire-due';
import { giveBack } from './give-back';
import { Ledger } from './ledger';
import type { Changes, State } from './types';

/** What one step of a show's cancellation came to. */
export interface CalledOff {
  changes: Changes;
  /** Bookings cancelled, how many of them were paid for, and the points refunded. */
  cancelled: number;
  refunded: number;
  points: number;
}

/**
 * Ends live bookings of a date that was called off, whenever it starts or started, and refunds what was paid for them.
 * A hold whose end has come is over by itself, as ever.
 * @param state with the bookings to end, their payments, tickets and balances
 */
export function callOff(state: State, now: number): CalledOff {
  if (state.schedule.cancelledAt === null) throw new Error(`Date ${state.schedule.id} takes place`);
  const ledger = new Ledger(state);
  expireDue(ledger, now);
  const done = { cancelled: 0, refunded: 0, points: 0 };
  for (const booking of ledger.bookings.values()) {
    if (booking.status !== 'PENDING' && booking.status !== 'PAID') continue;
    const points = giveBack(ledger, booking);
    done.cancelled += 1;
    if (points === null) continue;
    done.refunded += 1;
    done.points += points;
  }
  return { changes: ledger.changes(), ...done };
}

import { cancel } from './cancel';
import { hold } from './hold';
import { Ledger } from './ledger';
import { pay } from './pay';
import type { Command, Decision, Outcome, State } from './types';

/**
 * What becomes of a group of commands for one schedule. Each kind of command has its rule in a file of its own.
 * Plain data in, plain data out; the first of two commands for one seat wins.
 *
 * @param state what the commands touch, loaded under the schedule's lock
 * @param commands in order of arrival
 * @param now the database's clock, in milliseconds
 */
export function decide(state: State, commands: readonly Command[], now: number): Decision {
  const ledger = new Ledger(state);
  expireDue(ledger, now);
  const outcomes = commands.map((command): Outcome => {
    switch (command.kind) {
      case 'hold':
        return hold(state, ledger, command, now);
      case 'pay':
        return pay(ledger, command, now);
      case 'cancel':
        return cancel(state, ledger, command, now);
    }
  });
  const { free } = ledger;
  return { outcomes, changes: ledger.changes(), hall: free && { free } };
}

/** A hold that has ended counts as free at once, released by a job or not. */
function expireDue(ledger: Ledger, now: number): void {
  for (const booking of ledger.bookings.values()) {
    if (booking.status === 'PENDING' && booking.expiresAt <= now) ledger.release(booking, 'EXPIRED');
  }
}

import { block, unblock } from './block';
import { cancel } from './cancel';
import { enlist } from './enlist';
import { expireDue } from './expire-due';
import { hold } from './hold';
import { Ledger } from './ledger';
import { type NewBookingId, offerFreed } from './offers';
import { pay } from './pay';
import { rejected, SHOW_CANCELLED } from './refusals';
import type { Command, Decision, Outcome, State } from './types';
import { withdraw } from './withdraw';

/**
 * What becomes of a group of commands for one schedule. Each kind of command has its rule in a file of its own.
 * Plain data in, plain data out; the first of two commands for one seat wins.
 *
 * @param state what the commands touch, loaded under the schedule's lock
 * @param commands in order of arrival
 * @param now the database's clock, in milliseconds
 * @param newId for bookings that are offered to the waiting list
 */
export function decide(
  state: State,
  commands: readonly Command[],
  now: number,
  newId: NewBookingId = noId,
): Decision {
  const ledger = new Ledger(state);
  expireDue(ledger, now);
  offerFreed(state, ledger, now, newId);
  const outcomes = commands.map((command) => {
    const outcome = decideOne(state, ledger, command, now);
    // Before the next command: who waits for seats is before whoever asks for them.
    offerFreed(state, ledger, now, newId);
    return outcome;
  });
  const { free, waiting } = ledger;
  const isUnoffered = ledger.isUnoffered || undefined;
  return { outcomes, changes: ledger.changes(), hall: free && { free, waiting, isUnoffered } };
}

function decideOne(state: State, ledger: Ledger, command: Command, now: number): Outcome {
  // Whoever only leaves may do so: nothing is owed to them.
  if (state.schedule.cancelledAt !== null && command.kind !== 'withdraw')
    return rejected(command, SHOW_CANCELLED);
  switch (command.kind) {
    case 'hold':
      return hold(state, ledger, command, now);
    case 'pay':
      return pay(ledger, command, now);
    case 'cancel':
      return cancel(state, ledger, command, now);
    case 'enlist':
      return enlist(state, ledger, command, now);
    case 'withdraw':
      return withdraw(state, ledger, command, now);
    case 'block':
      return block(state, ledger, command);
    case 'unblock':
      return unblock(state, ledger, command);
  }
}

function noId(): never {
  throw new Error('There are offers to be made, and no ids for them');
}

import type { Ledger } from './ledger';
import { rejected } from './refusals';
import { seen } from './seen-entry';
import type { CommandOf, Outcome, State } from './types';

/** Takes somebody off the waiting list; seats that are offered to them right now are free for the next. */
export function withdraw(state: State, ledger: Ledger, command: CommandOf<'withdraw'>, now: number): Outcome {
  const entry = ledger.listed.get(command.entryId);
  if (entry === undefined || entry.userId !== command.userId) {
    return rejected(command, {
      code: 'ENTRY_NOT_FOUND',
      detail: 'You have no such entry on a waiting list.',
    });
  }
  const offer = ledger.offerTo(entry.id);
  if (offer?.status === 'PAID') {
    const detail = 'These seats are yours. To give them back, cancel the booking.';
    return rejected(command, { code: 'ALREADY_PAID', detail });
  }
  if (offer?.status === 'PENDING') ledger.release(offer, 'CANCELLED');
  else if (offer === undefined) ledger.withdraw(entry);
  return { commandId: command.id, status: 'completed', entry: seen(state, ledger, entry, now) };
}

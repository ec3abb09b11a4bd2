import { refuseMany, refuseSections, refuseWindow } from './hold';
import type { Ledger } from './ledger';
import { isOnSale, seatsFor } from './offers';
import { rejected } from './refusals';
import { seen } from './seen-entry';
import type { CommandOf, WaitlistEntry, Outcome, State } from './types';
import { isSameWish } from './waiting-list';

/** Puts somebody on the waiting list, at its end. Whoever is there already, with the same wish, stays where they are. */
export function enlist(state: State, ledger: Ledger, command: CommandOf<'enlist'>, now: number): Outcome {
  const { schedule } = state;
  const closed = refuseWindow(state, now);
  if (closed !== null) return rejected(command, closed);
  if (!isOnSale(schedule, now))
    return rejected(command, { code: 'BOOKING_WINDOW_CLOSED', detail: 'The show has started.' });
  const { id, userId, count, sections, accessible } = command;
  const known = ledger.entryOf(userId);
  if (known !== undefined) {
    if (isSameWish(known, command)) return completed(state, ledger, command, known, now);
    const detail = 'You wait for other seats of this date, or were offered some. Leave that entry first.';
    return rejected(command, { code: 'ALREADY_WAITING', detail });
  }
  const free = ledger.freeSeats();
  const refusal =
    refuseSections(free.plan, sections ?? []) ?? refuseMany(state.schedule.seatLimit, ledger, userId, count);
  if (refusal !== null) return rejected(command, refusal);
  if (seatsFor(free, command) !== null) {
    const detail = 'Such seats are free now: join the waiting room and take them.';
    return rejected(command, { code: 'NOT_SOLD_OUT', detail });
  }
  const entry: WaitlistEntry = {
    id,
    userId,
    sequence: ledger.waitingList().nextSequence,
    count,
    sections,
    accessible,
    createdAt: now,
  };
  ledger.enlist(entry);
  return completed(state, ledger, command, entry, now);
}

const completed = (
  state: State,
  ledger: Ledger,
  { id }: CommandOf<'enlist'>,
  entry: WaitlistEntry,
  now: number,
): Outcome => ({ commandId: id, status: 'completed', entry: seen(state, ledger, entry, now) });

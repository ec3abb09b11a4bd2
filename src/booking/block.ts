import type { Ledger } from './ledger';
import { rejected } from './refusals';
import type { CommandOf, Outcome, State } from './types';

type Block = CommandOf<'block' | 'unblock'>;

/** Takes seats out of sale: all that the command names, or none. Those that are out of sale stay so. */
export function block(state: State, ledger: Ledger, command: Block): Outcome {
  const unknown = refuseUnknown(state, command);
  if (unknown !== null) return unknown;
  const seatNumbers = [...new Set(command.seatNumbers)].filter((number) => !ledger.isBlocked(number));
  const taken = seatNumbers.filter((number) => ledger.isTaken(number));
  if (taken.length > 0) {
    const detail =
      'Held or sold: nothing was blocked. Cancel those bookings first, or leave these seats out.';
    return rejected(command, { code: 'SEAT_TAKEN', detail, seatNumbers: taken });
  }
  ledger.block(seatNumbers);
  return done(state, ledger, command, seatNumbers);
}

/** Puts seats back on sale, where they are out of it. Whoever waits for seats is asked before anybody else can have them. */
export function unblock(state: State, ledger: Ledger, command: Block): Outcome {
  const unknown = refuseUnknown(state, command);
  if (unknown !== null) return unknown;
  const seatNumbers = [...new Set(command.seatNumbers)].filter((number) => ledger.isBlocked(number));
  if (seatNumbers.length > 0) ledger.unblock(seatNumbers);
  return done(state, ledger, command, seatNumbers);
}

function refuseUnknown(state: State, command: Block): Outcome | null {
  const unknown = command.seatNumbers.filter((number) => state.seats.get(number) === undefined);
  if (unknown.length === 0) return null;
  const detail = 'This date has no such seat.';
  return rejected(command, { code: 'SEAT_NOT_FOUND', detail, seatNumbers: unknown });
}

/** @param changed none: it was so before, and nobody needs to hear of it */
function done({ schedule }: State, ledger: Ledger, command: Block, changed: number[]): Outcome {
  const { userId, kind, requestId } = command;
  const blocked = ledger.blockedCount;
  if (changed.length > 0) {
    const before = blocked + (kind === 'block' ? -changed.length : changed.length);
    ledger.note({
      userId,
      action: `schedule.${kind}`,
      subject: `schedule:${schedule.id}`,
      before: { blocked: before },
      after: { blocked, seatNumbers: changed },
      requestId,
    });
  }
  return { commandId: command.id, status: 'completed', blocked };
}

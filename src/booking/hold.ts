import type { Ledger } from './ledger';
import { rejected } from './refusals';
import type { Booking, CommandOf, Outcome, PresaleGrant, Refusal, State } from './types';

/** Takes seats for a while: all that the command names, or none. */
export function hold(state: State, ledger: Ledger, command: CommandOf<'hold'>, now: number): Outcome {
  // A seat named twice is one seat: else it would be priced, and ticketed, twice.
  const seatNumbers = [...new Set(command.seatNumbers)];
  const refusal = refuseHold(state, ledger, { ...command, seatNumbers }, now);
  if (refusal !== null) return rejected(command, refusal);
  const booking: Booking = {
    id: command.id,
    userId: command.userId,
    seatNumbers: seatNumbers.toSorted((a, b) => a - b),
    totalPrice: seatNumbers.reduce((sum, seatNumber) => sum + (state.prices.get(seatNumber) ?? 0), 0),
    status: 'PENDING',
    createdAt: now,
    expiresAt: now + state.holdTtlMs,
    paidAt: null,
  };
  ledger.hold(booking);
  return { commandId: command.id, status: 'completed', booking: { ...booking } };
}

function refuseHold(state: State, ledger: Ledger, command: CommandOf<'hold'>, now: number): Refusal | null {
  const { bookingEndAt } = state.schedule;
  const { refusal, seatLimit } = startOf(state, command.presale, now);
  if (refusal !== null) return { code: 'BOOKING_WINDOW_CLOSED', detail: refusal };
  if (now > bookingEndAt) return { code: 'BOOKING_WINDOW_CLOSED', detail: 'Booking for this date is over.' };
  const unknown = command.seatNumbers.filter((seatNumber) => !state.prices.has(seatNumber));
  if (unknown.length > 0 || command.seatNumbers.length === 0) {
    return { code: 'SEAT_NOT_FOUND', detail: 'This date has no such seat.', seatNumbers: unknown };
  }
  const taken = command.seatNumbers.filter((seatNumber) => ledger.isTaken(seatNumber));
  if (taken.length > 0) {
    return {
      code: 'SEAT_TAKEN',
      detail: 'Held or sold already. Choose other seats.',
      seatNumbers: taken,
    };
  }
  const live = ledger.live(command.userId);
  if (live + command.seatNumbers.length > seatLimit) {
    return { code: 'SEAT_LIMIT', detail: `At most ${seatLimit} seats each on this date; you have ${live}.` };
  }
  return null;
}

/** Whether booking has started for this user, and within which limit: in a presale its own window and limit count. */
function startOf(
  { schedule }: State,
  presale: PresaleGrant | undefined,
  now: number,
): { refusal: string | null; seatLimit: number } {
  const { bookingStartAt, seatLimit } = schedule;
  const isOpenToAll = presale === undefined || (presale.opensAtMs !== null && now >= presale.opensAtMs);
  if (isOpenToAll) {
    return { refusal: now < bookingStartAt ? 'Booking for this date has not started.' : null, seatLimit };
  }
  if (now >= presale.untilMs)
    return { refusal: 'The presale is over. Booking for all starts later.', seatLimit };
  return { refusal: null, seatLimit: presale.seatLimit ?? seatLimit };
}

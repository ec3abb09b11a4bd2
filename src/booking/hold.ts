import { bestAvailable } from './best-available';
import type { HallPlan } from './hall-plan';
import type { Ledger } from './ledger';
import { rejected } from './refusals';
import { leftSingle } from './single-seats';
import type { Booking, CommandOf, Outcome, PresaleGrant, Refusal, SeatWish, State } from './types';

type Hold = CommandOf<'hold'>;
type Choice = { seatNumbers: number[] } | { refusal: Refusal };

/** Takes seats for a while: all that the command names, or as many as it wants of the best; or none. */
export function hold(state: State, ledger: Ledger, command: Hold, now: number): Outcome {
  const { refusal: closed, seatLimit } = termsOf(state, command.presale, now);
  if (closed !== null) return rejected(command, closed);
  const choice =
    command.bestAvailable === undefined
      ? chosenByHand(state, ledger, seatLimit, command)
      : chosenHere(ledger, seatLimit, command.userId, command.bestAvailable);
  if ('refusal' in choice) return rejected(command, choice.refusal);
  const { seatNumbers } = choice;
  const booking: Booking = {
    id: command.id,
    userId: command.userId,
    seatNumbers: seatNumbers.toSorted((a, b) => a - b),
    totalPrice: seatNumbers.reduce((sum, seatNumber) => sum + (state.seats.get(seatNumber)?.price ?? 0), 0),
    status: 'PENDING',
    createdAt: now,
    expiresAt: now + state.holdTtlMs,
    paidAt: null,
    entryId: null,
  };
  ledger.hold(booking);
  return { commandId: command.id, status: 'completed', booking: { ...booking } };
}

const STOPPED: Refusal = {
  code: 'BOOKING_WINDOW_CLOSED',
  detail: 'The sale of this date is stopped for now. Seats that you hold can be paid for.',
};

/** While seats of this schedule may not be taken. */
export function refuseWindow({ schedule }: State, now: number): Refusal | null {
  const { bookingStartAt, bookingEndAt, stopped } = schedule;
  const code = 'BOOKING_WINDOW_CLOSED';
  if (stopped) return STOPPED;
  if (now < bookingStartAt) return { code, detail: 'Booking for this date has not started.' };
  if (now > bookingEndAt) return { code, detail: 'Booking for this date is over.' };
  return null;
}

function chosenByHand(state: State, ledger: Ledger, seatLimit: number, command: Hold): Choice {
  // A seat named twice is one seat: else it would be priced, and ticketed, twice.
  const seatNumbers = [...new Set(command.seatNumbers)];
  const unknown = seatNumbers.filter((seatNumber) => state.seats.get(seatNumber) === undefined);
  if (unknown.length > 0 || seatNumbers.length === 0) {
    const detail = 'This date has no such seat.';
    return { refusal: { code: 'SEAT_NOT_FOUND', detail, seatNumbers: unknown } };
  }
  const standing = seatNumbers.filter((seatNumber) => state.seats.get(seatNumber)?.isStanding === true);
  if (standing.length > 0) {
    const detail = 'Places to stand are not chosen by their numbers. Ask for the best available.';
    return { refusal: { code: 'STANDING_AREA', detail, seatNumbers: standing } };
  }
  const taken = seatNumbers.filter((seatNumber) => ledger.isTaken(seatNumber));
  if (taken.length > 0) {
    const detail = 'Held or sold already. Choose other seats.';
    return { refusal: { code: 'SEAT_TAKEN', detail, seatNumbers: taken } };
  }
  const refusal =
    refuseMany(seatLimit, ledger, command.userId, seatNumbers.length) ??
    refuseSingles(state, ledger, seatNumbers);
  return refusal === null ? { seatNumbers } : { refusal };
}

function chosenHere(ledger: Ledger, seatLimit: number, userId: string, wish: SeatWish): Choice {
  const free = ledger.freeSeats();
  const refusal =
    refuseSections(free.plan, wish.sections ?? []) ?? refuseMany(seatLimit, ledger, userId, wish.count);
  if (refusal !== null) return { refusal };
  const found = bestAvailable(free, wish);
  return 'refusal' in found ? { refusal: { code: found.refusal, detail: WHY[found.refusal] } } : found;
}

const WHY = {
  NOT_TOGETHER: 'There are enough such seats, but not side by side. Ask for them apart, or for fewer.',
  SOLD_OUT: 'There are not enough such seats left.',
};

/** Sections that the hall does not have. */
export function refuseSections(plan: HallPlan, sections: readonly string[]): Refusal | null {
  const unknown = sections.filter((section) => !plan.hasSection(section));
  if (unknown.length === 0) return null;
  const detail = `This date has no section ${unknown.map((section) => `“${section}”`).join(', ')}.`;
  return { code: 'SEAT_NOT_FOUND', detail };
}

/** More seats than one user may have. */
export function refuseMany(seatLimit: number, ledger: Ledger, userId: string, more: number): Refusal | null {
  const live = ledger.live(userId);
  if (live + more <= seatLimit) return null;
  const detail = `At most ${seatLimit} seats each on this date; you have ${live}.`;
  return { code: 'SEAT_LIMIT', detail };
}

function refuseSingles(state: State, ledger: Ledger, seatNumbers: number[]): Refusal | null {
  if (state.schedule.singleSeats === 'allow') return null;
  const single = leftSingle(ledger.freeSeats(), seatNumbers);
  if (single.length === 0) return null;
  const detail = 'This would leave a single seat that hardly anybody wants. Choose seats next to others.';
  return { code: 'LEAVES_SINGLE_SEAT', detail, seatNumbers: single };
}

/** Whether seats may be taken by this user, and how many: in a presale its own window and limit count. */
function termsOf(
  state: State,
  presale: PresaleGrant | undefined,
  now: number,
): { refusal: Refusal | null; seatLimit: number } {
  const { bookingEndAt, seatLimit, stopped } = state.schedule;
  if (stopped) return { refusal: STOPPED, seatLimit };
  const isOpenToAll = presale === undefined || (presale.opensAtMs !== null && now >= presale.opensAtMs);
  if (isOpenToAll || now > bookingEndAt) return { refusal: refuseWindow(state, now), seatLimit };
  if (now < presale.untilMs) return { refusal: null, seatLimit: presale.seatLimit ?? seatLimit };
  const detail = 'The presale is over. Booking for all starts later.';
  return { refusal: { code: 'BOOKING_WINDOW_CLOSED', detail }, seatLimit };
}

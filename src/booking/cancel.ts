import { giveBack } from './give-back';
import type { Ledger } from './ledger';
import { ALREADY_CANCELLED, BOOKING_NOT_FOUND, rejected } from './refusals';
import type { CommandOf, Outcome, State } from './types';

/**
 * Gives seats back until the show starts; what was paid for them is refunded, and their tickets are void. By whoever booked them, or by
 * staff on their behalf: then it is noted for the audit log.
 */
export function cancel(state: State, ledger: Ledger, command: CommandOf<'cancel'>, now: number): Outcome {
  const { userId, onBehalf } = command;
  const booking = ledger.bookingOf(onBehalf?.ownerId ?? userId, command.bookingId);
  if (booking === undefined) return rejected(command, BOOKING_NOT_FOUND);
  const { status } = booking;
  if (status === 'CANCELLED') return rejected(command, ALREADY_CANCELLED);
  if (status === 'EXPIRED') {
    return rejected(command, {
      code: 'NOT_CANCELLABLE',
      detail: 'The hold has ended; its seats are free already.',
    });
  }
  if (now >= state.schedule.startAt) {
    return rejected(command, { code: 'NOT_CANCELLABLE', detail: 'The show has started.' });
  }
  const refunded = giveBack(ledger, booking);
  if (onBehalf !== undefined) {
    const { reason, requestId } = onBehalf;
    ledger.note({
      userId,
      action: 'booking.cancel',
      subject: `booking:${booking.id}`,
      before: { status },
      after: { status: booking.status, refunded: refunded ?? 0, reason },
      requestId,
    });
  }
  return { commandId: command.id, status: 'completed', booking: { ...booking } };
}

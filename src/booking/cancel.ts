import type { Ledger } from './ledger';
import { ALREADY_CANCELLED, BOOKING_NOT_FOUND, rejected } from './refusals';
import type { CommandOf, Outcome, State } from './types';

/**
 * Gives seats back until the show starts, or one of them was let in; what was paid for them is refunded, and their tickets are
 * void.
 */
export function cancel(state: State, ledger: Ledger, command: CommandOf<'cancel'>, now: number): Outcome {
  const booking = ledger.bookingOf(command.userId, command.bookingId);
  if (booking === undefined) return rejected(command, BOOKING_NOT_FOUND);
  if (booking.status === 'CANCELLED') return rejected(command, ALREADY_CANCELLED);
  if (booking.status === 'EXPIRED') {
    return rejected(command, {
      code: 'NOT_CANCELLABLE',
      detail: 'The hold has ended; its seats are free already.',
    });
  }
  if (now >= state.schedule.startAt) {
    return rejected(command, { code: 'NOT_CANCELLABLE', detail: 'The show has started.' });
  }
  const tickets = ledger.tickets.get(booking.id) ?? [];
  if (tickets.some(({ status }) => status === 'USED')) {
    const detail = 'A ticket of this booking was used at the door: it cannot be given back any more.';
    return rejected(command, { code: 'NOT_CANCELLABLE', detail });
  }
  const payment = ledger.payments.get(booking.id);
  if (booking.status === 'PAID' && payment === undefined) {
    throw new Error(
      `The payment of booking ${booking.id} was not loaded: it would be cancelled without a refund`,
    );
  }
  ledger.release(booking, 'CANCELLED');
  if (payment !== undefined) {
    payment.status = 'REFUNDED';
    for (const ticket of tickets) ticket.status = 'VOID';
    ledger.addPoints(booking.userId, payment.amount, 'REFUND', booking.id);
  }
  return { commandId: command.id, status: 'completed', booking: { ...booking } };
}

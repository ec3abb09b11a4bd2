import type { Ledger } from './ledger';
import type { Booking } from './types';

/**
 * Ends a live booking: its seats are free, what was paid for them is refunded, and their tickets are void.
 * @returns the points refunded; null where nothing was paid
 */
export function giveBack(ledger: Ledger, booking: Booking): number | null {
  const payment = ledger.payments.get(booking.id);
  if (booking.status === 'PAID' && payment === undefined) {
    throw new Error(
      `The payment of booking ${booking.id} was not loaded: it would be cancelled without a refund`,
    );
  }
  ledger.release(booking, 'CANCELLED');
  if (payment === undefined) return null;
  payment.status = 'REFUNDED';
  for (const ticket of ledger.tickets.get(booking.id) ?? []) ticket.status = 'VOID';
  ledger.addPoints(booking.userId, payment.amount, 'REFUND', booking.id);
  return payment.amount;
}

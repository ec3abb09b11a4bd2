import type { Ledger } from './ledger';

/** A hold that has ended counts as free at once, released by a job or not. */
export function expireDue(ledger: Ledger, now: number): void {
  for (const booking of ledger.bookings.values()) {
    if (booking.status === 'PENDING' && booking.expiresAt <= now) ledger.release(booking, 'EXPIRED');
  }
}

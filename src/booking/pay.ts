import type { Ledger } from './ledger';
import { ALREADY_CANCELLED, BOOKING_NOT_FOUND, rejected } from './refusals';
import type { CommandOf, Outcome } from './types';

/** Turns a hold into a sale: one debit, one payment, one ticket per seat. Without enough points the hold stays as it is. */
export function pay(ledger: Ledger, command: CommandOf<'pay'>, now: number): Outcome {
  const booking = ledger.bookingOf(command.userId, command.bookingId);
  if (booking === undefined) return rejected(command, BOOKING_NOT_FOUND);
  if (booking.status === 'PAID') {
    return rejected(command, { code: 'ALREADY_PAID', detail: 'This booking is paid for.' });
  }
  if (booking.status === 'CANCELLED') return rejected(command, ALREADY_CANCELLED);
  if (booking.status === 'EXPIRED') {
    return rejected(command, {
      code: 'HOLD_EXPIRED',
      detail: 'The seats were held for too long without payment.',
    });
  }
  const balance = ledger.balanceOf(command.userId);
  if (balance < booking.totalPrice) {
    return rejected(command, {
      code: 'INSUFFICIENT_POINTS',
      detail: `This costs ${booking.totalPrice} points; you have ${balance}. The seats stay held: charge and pay again.`,
      balance,
      required: booking.totalPrice,
    });
  }
  ledger.markPaid(booking, now);
  const { id: bookingId, userId, totalPrice: amount } = booking;
  const payment = { id: command.id, bookingId, userId, amount, status: 'PAID' as const, createdAt: now };
  ledger.payments.set(bookingId, payment);
  const tickets = ledger.issueTickets(booking);
  const left = ledger.addPoints(userId, 0 - amount, 'USE', bookingId);
  return {
    commandId: command.id,
    status: 'completed',
    booking: { ...booking },
    paid: { payment: { ...payment }, tickets: tickets.map((ticket) => ({ ...ticket })), balance: left },
  };
}

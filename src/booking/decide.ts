import { Ledger } from './ledger';
import type { Booking, Command, Decision, Outcome, Refusal, State } from './types';

/**
 * The rules of the house, in one place: what becomes of a group of commands for one schedule.
 * Plain data in, plain data out; the first of two commands for one seat wins.
 *
 * @param state what the commands touch, loaded under the schedule's lock
 * @param commands in order of arrival
 * @param now the database's clock, in milliseconds
 */
export function decide(state: State, commands: readonly Command[], now: number): Decision {
  const ledger = new Ledger(state);
  expireDue(ledger, now);
  const outcomes = commands.map((command): Outcome => {
    switch (command.kind) {
      case 'hold':
        return hold(state, ledger, command, now);
      case 'pay':
        return pay(ledger, command, now);
      case 'cancel':
        return cancel(state, ledger, command, now);
    }
  });
  return { outcomes, changes: ledger.changes() };
}

/** A hold that has ended counts as free at once, released by a job or not. */
function expireDue(ledger: Ledger, now: number): void {
  for (const booking of ledger.bookings.values()) {
    if (booking.status === 'PENDING' && booking.expiresAt <= now) ledger.free(booking, 'EXPIRED');
  }
}

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

function hold(state: State, ledger: Ledger, command: CommandOf<'hold'>, now: number): Outcome {
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
  const { bookingStartAt, bookingEndAt, seatLimit } = state.schedule;
  if (now < bookingStartAt)
    return { code: 'BOOKING_WINDOW_CLOSED', detail: 'Booking for this date has not started.' };
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

function pay(ledger: Ledger, command: CommandOf<'pay'>, now: number): Outcome {
  const booking = ownBooking(ledger, command);
  if (booking === undefined) return rejected(command, NOT_FOUND);
  if (booking.status === 'PAID') {
    return rejected(command, { code: 'ALREADY_PAID', detail: 'This booking is paid for.' });
  }
  if (booking.status === 'CANCELLED') return rejected(command, CANCELLED);
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

function cancel(state: State, ledger: Ledger, command: CommandOf<'cancel'>, now: number): Outcome {
  const booking = ownBooking(ledger, command);
  if (booking === undefined) return rejected(command, NOT_FOUND);
  if (booking.status === 'CANCELLED') return rejected(command, CANCELLED);
  if (booking.status === 'EXPIRED') {
    return rejected(command, {
      code: 'NOT_CANCELLABLE',
      detail: 'The hold has ended; its seats are free already.',
    });
  }
  if (now >= state.schedule.startAt) {
    return rejected(command, { code: 'NOT_CANCELLABLE', detail: 'The show has started.' });
  }
  const payment = ledger.payments.get(booking.id);
  if (booking.status === 'PAID' && payment === undefined) {
    throw new Error(
      `The payment of booking ${booking.id} was not loaded: it would be cancelled without a refund`,
    );
  }
  ledger.free(booking, 'CANCELLED');
  if (payment !== undefined) {
    payment.status = 'REFUNDED';
    for (const ticket of ledger.tickets.get(booking.id) ?? []) ticket.status = 'VOID';
    ledger.addPoints(booking.userId, payment.amount, 'REFUND', booking.id);
  }
  return { commandId: command.id, status: 'completed', booking: { ...booking } };
}

const NOT_FOUND: Refusal = { code: 'BOOKING_NOT_FOUND', detail: 'You have no such booking.' };
const CANCELLED: Refusal = { code: 'ALREADY_CANCELLED', detail: 'This booking was cancelled.' };

/** Another user's booking looks like none at all, so that ids cannot be probed. */
function ownBooking(ledger: Ledger, command: CommandOf<'pay' | 'cancel'>): Booking | undefined {
  const booking = ledger.bookings.get(command.bookingId);
  return booking?.userId === command.userId ? booking : undefined;
}

function rejected(command: Command, refusal: Refusal): Outcome {
  return { commandId: command.id, status: 'rejected', refusal };
}

import { bestAvailable } from '../../src/booking/best-available';
import { FreeSeats } from '../../src/booking/free-seats';
import { leftSingle } from '../../src/booking/single-seats';
import type { Booking, Command, RefusalCode } from '../../src/booking/types';
import type { Store } from './store';

/** What is wrong with a store, one line each: nothing, if the invariants hold. */
export function audit(store: Store): string[] {
  return [
    ...[...store.bookings.values()].flatMap((booking) => auditBooking(store, booking)),
    ...auditSeats(store),
    ...auditLimits(store),
    ...auditBalances(store),
    ...auditTickets(store),
  ];
}

const isLive = ({ status }: Booking): boolean => status === 'PENDING' || status === 'PAID';

function auditBooking(store: Store, booking: Booking): string[] {
  const { id, seatNumbers, createdAt, expiresAt, paidAt, status, totalPrice } = booking;
  const { schedule } = store;
  const payments = [...store.payments.values()].filter(({ bookingId }) => bookingId === id);
  const tickets = [...store.tickets.values()].filter(({ bookingId }) => bookingId === id);
  const moved = store.history.filter(({ bookingId }) => bookingId === id);
  const amounts = moved.map(({ type, amount, userId }) => `${userId} ${type} ${Math.abs(amount)}`);
  const price = seatNumbers.reduce((sum, seatNumber) => sum + (store.prices.get(seatNumber) ?? NaN), 0);
  const debit = `${booking.userId} USE ${price}`;
  const refund = `${booking.userId} REFUND ${price}`;
  const isPaid = paidAt !== null;
  const [paidStatus, ticketStatus] = status === 'PAID' ? ['PAID', 'VALID'] : ['REFUNDED', 'VOID'];
  const checks: [boolean, string][] = [
    [totalPrice === price, 'has the wrong price'],
    [createdAt >= schedule.bookingStartAt && createdAt <= schedule.bookingEndAt, 'was made out of hours'],
    [expiresAt === createdAt + store.holdTtlMs, 'is held for the wrong time'],
    [!isPaid || (paidAt >= createdAt && paidAt < expiresAt), 'was not paid while it was held'],
    [isPaid ? status === 'PAID' || status === 'CANCELLED' : status !== 'PAID', `is ${status}`],
    [
      amounts.join() === (isPaid ? (status === 'PAID' ? [debit] : [debit, refund]) : []).join(),
      `moved points: ${amounts.join()}`,
    ],
    [
      payments.map((payment) => `${payment.userId} ${payment.status} ${payment.amount}`).join() ===
        (isPaid ? `${booking.userId} ${paidStatus} ${price}` : ''),
      'has the wrong payments',
    ],
    [
      tickets.map((ticket) => `${ticket.userId} ${ticket.seatNumber} ${ticket.status}`).join() ===
        (isPaid ? seatNumbers : []).map((n) => `${booking.userId} ${n} ${ticketStatus}`).join(),
      'has the wrong tickets',
    ],
    [
      !isLive(booking) || seatNumbers.every((seatNumber) => store.claims.get(seatNumber) === id),
      'lives without a claim on its seats',
    ],
  ];
  return checks.filter(([holds]) => !holds).map(([, fault]) => `booking ${id} ${fault}`);
}

function auditSeats(store: Store): string[] {
  return [...store.prices.keys()].flatMap((seatNumber) => {
    const bookingId = store.claims.get(seatNumber);
    const holder = store.bookings.get(bookingId ?? '');
    const shown = store.seatMap.get(seatNumber) ?? 'AVAILABLE';
    const taken = bookingId === null ? 'BLOCKED' : holder?.status === 'PAID' ? 'SOLD' : 'HELD';
    const actual = bookingId === undefined ? 'AVAILABLE' : taken;
    return [
      ...(typeof bookingId === 'string' && !(holder !== undefined && isLive(holder))
        ? [`seat ${seatNumber} is claimed by a booking that has ended`]
        : []),
      ...(shown === actual ? [] : [`seat ${seatNumber} is ${actual} and shown as ${shown}`]),
    ];
  });
}

function auditLimits(store: Store): string[] {
  const seats = new Map<string, number>();
  for (const bookingId of store.claims.values()) {
    if (bookingId === null) continue;
    const userId = store.bookings.get(bookingId)?.userId ?? 'nobody';
    seats.set(userId, (seats.get(userId) ?? 0) + 1);
  }
  return [...seats]
    .filter(([, count]) => count > store.schedule.seatLimit)
    .map(([userId, count]) => `${userId} has ${count} seats`);
}

function auditBalances(store: Store): string[] {
  return [...store.balances].flatMap(([userId, { balance }]) => {
    const entries = store.history.filter((entry) => entry.userId === userId);
    const sum = entries.reduce((total, { amount }) => total + amount, 0);
    return balance === sum && balance >= 0 ? [] : [`${userId} has ${balance}, the history says ${sum}`];
  });
}

function auditTickets(store: Store): string[] {
  const codes = [...store.tickets.values()].map(({ code }) => code);
  return new Set(codes).size === codes.length ? [] : ['a ticket code is used twice'];
}

/** The rules once more, read off the stored rows: what one command must be refused with, or null. */
export function expectedRefusal(store: Store, command: Command, now: number): RefusalCode | null {
  const { schedule } = store;
  const lives = (booking: Booking): boolean =>
    booking.status === 'PAID' || (booking.status === 'PENDING' && now < booking.expiresAt);
  if (schedule.cancelledAt !== null && command.kind !== 'withdraw') return 'SHOW_CANCELLED';
  const live = [...store.bookings.values()].filter(lives);
  const blocked = [...store.claims].flatMap(([number, bookingId]) => (bookingId === null ? [number] : []));
  const taken = [...live.flatMap(({ seatNumbers }) => seatNumbers), ...blocked];
  if (command.kind === 'block' || command.kind === 'unblock') {
    if (command.seatNumbers.some((seatNumber) => !store.prices.has(seatNumber))) return 'SEAT_NOT_FOUND';
    const sold = command.seatNumbers.some((number) => taken.includes(number) && !blocked.includes(number));
    return command.kind === 'block' && sold ? 'SEAT_TAKEN' : null;
  }
  if (command.kind === 'hold') {
    if (schedule.stopped) return 'BOOKING_WINDOW_CLOSED';
    const own = live.filter(({ userId }) => userId === command.userId).flatMap((b) => b.seatNumbers);
    if (now < schedule.bookingStartAt || now > schedule.bookingEndAt) return 'BOOKING_WINDOW_CLOSED';
    const free = FreeSeats.of(store.plan, taken);
    const { bestAvailable: wish } = command;
    const isTooMany = (count: number): boolean => own.length + count > schedule.seatLimit;
    if (wish !== undefined) {
      if (wish.sections?.includes('Nowhere') === true) return 'SEAT_NOT_FOUND';
      if (isTooMany(wish.count)) return 'SEAT_LIMIT';
      const choice = bestAvailable(free, wish);
      return 'refusal' in choice ? choice.refusal : null;
    }
    if (command.seatNumbers.some((seatNumber) => !store.prices.has(seatNumber))) return 'SEAT_NOT_FOUND';
    if (command.seatNumbers.includes(6)) return 'STANDING_AREA';
    if (command.seatNumbers.some((seatNumber) => taken.includes(seatNumber))) return 'SEAT_TAKEN';
    if (isTooMany(command.seatNumbers.length)) return 'SEAT_LIMIT';
    return leftSingle(free, command.seatNumbers).length > 0 ? 'LEAVES_SINGLE_SEAT' : null;
  }
  if (command.kind !== 'pay' && command.kind !== 'cancel') return null;
  const booking = store.bookings.get(command.bookingId);
  const owner = (command.kind === 'cancel' && command.onBehalf?.ownerId) || command.userId;
  if (booking === undefined || booking.userId !== owner) return 'BOOKING_NOT_FOUND';
  if (booking.status === 'CANCELLED') return 'ALREADY_CANCELLED';
  if (command.kind === 'cancel') {
    return lives(booking) && now < schedule.startAt ? null : 'NOT_CANCELLABLE';
  }
  if (booking.status === 'PAID') return 'ALREADY_PAID';
  if (!lives(booking)) return 'HOLD_EXPIRED';
  const balance = store.balances.get(command.userId)?.balance ?? 0;
  return balance < booking.totalPrice ? 'INSUFFICIENT_POINTS' : null;
}

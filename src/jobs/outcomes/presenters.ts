// Lives in web and worker processes.
import { seatId } from '../../booking/seat-id';
import type {
  Booking,
  BookingStatus,
  EntryStatus,
  Payment,
  Schedule,
  Seat,
  SeatsByNumber,
  SeenEntry,
  Ticket,
} from '../../booking/types';

// What clients see of bookings, payments and tickets: the same in job results and in lists. Times are ISO 8601.

export interface BookingView {
  id: string;
  concertId: string;
  scheduleId: string;
  status: BookingStatus;
  seats: { id: string; section: string; row: string; number: number; price: number }[];
  totalPrice: number;
  expiresAt: string;
  createdAt: string;
  paidAt: string | null;
  entryId: string | null;
}

export interface PaymentView {
  id: string;
  bookingId: string;
  concertId: string;
  scheduleId: string;
  concertTitle: string;
  amount: number;
  status: Payment['status'];
  createdAt: string;
}

export interface TicketView {
  id: string;
  concertId: string;
  concertTitle: string;
  startAt: string;
  bookingId: string;
  seatId: string;
  section: string;
  row: string;
  number: number;
  code: string;
  status: Ticket['status'];
  usedAt: string | null;
}

/** An entry on the waiting list of a date. */
export interface EntryView {
  id: string;
  concertId: string;
  scheduleId: string;
  concertTitle: string;
  startAt: string;
  count: number;
  sections: readonly string[] | null;
  accessible: boolean;
  position: number | null;
  status: EntryStatus;
  bookingId: string | null;
  offerEndsAt: string | null;
  createdAt: string;
}

type Place = Pick<Schedule, 'id' | 'concertId'>;

/** @param seats at least those of the booking */
export function bookingView(booking: Booking, schedule: Place, seats: SeatsByNumber): BookingView {
  return {
    id: booking.id,
    concertId: schedule.concertId,
    scheduleId: schedule.id,
    status: booking.status,
    seats: booking.seatNumbers.map((number) => {
      const { section, row, price } = seatAt(seats, number);
      return { id: seatId(schedule.id, number), section, row, number, price };
    }),
    totalPrice: booking.totalPrice,
    expiresAt: iso(booking.expiresAt),
    createdAt: iso(booking.createdAt),
    paidAt: booking.paidAt === null ? null : iso(booking.paidAt),
    entryId: booking.entryId,
  };
}

/** @param schedule with the concert's title as it was when it was paid for */
export function paymentView(payment: Payment, schedule: Place & Pick<Schedule, 'concertTitle'>): PaymentView {
  return {
    id: payment.id,
    bookingId: payment.bookingId,
    concertId: schedule.concertId,
    scheduleId: schedule.id,
    concertTitle: schedule.concertTitle,
    amount: payment.amount,
    status: payment.status,
    createdAt: iso(payment.createdAt),
  };
}

/** @param seats at least that of the ticket */
export function ticketView(
  ticket: Omit<Ticket, 'userId'> & { usedAt?: number | null },
  schedule: Schedule,
  seats: SeatsByNumber,
): TicketView {
  const { section, row } = seatAt(seats, ticket.seatNumber);
  return {
    id: ticket.id,
    concertId: schedule.concertId,
    concertTitle: schedule.concertTitle,
    startAt: iso(schedule.startAt),
    bookingId: ticket.bookingId,
    seatId: seatId(schedule.id, ticket.seatNumber),
    section,
    row,
    number: ticket.seatNumber,
    code: ticket.code,
    status: ticket.status,
    usedAt: typeof ticket.usedAt === 'number' ? iso(ticket.usedAt) : null,
  };
}

/** @param schedule with the concert's title as it is now */
export function entryView({ entry, status, position, offer }: SeenEntry, schedule: Schedule): EntryView {
  return {
    id: entry.id,
    concertId: schedule.concertId,
    scheduleId: schedule.id,
    concertTitle: schedule.concertTitle,
    startAt: iso(schedule.startAt),
    count: entry.count,
    sections: entry.sections,
    accessible: entry.accessible,
    position,
    status,
    bookingId: offer?.id ?? null,
    offerEndsAt: offer === null ? null : iso(offer.expiresAt),
    createdAt: iso(entry.createdAt),
  };
}

function seatAt(seats: SeatsByNumber, number: number): Seat {
  const seat = seats.get(number);
  if (seat === undefined) throw new Error(`The schedule has no seat ${number}`);
  return seat;
}

const iso = (ms: number): string => new Date(ms).toISOString();

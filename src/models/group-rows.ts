import type { Balance, Booking, BookingStatus, Payment, Ticket, WaitlistEntry } from '../booking/types';

/** Rows as the statements of `group-state.ts` select them, and what the rules make of them. */

export interface BookingRow {
  id: string;
  schedule_id: string;
  user_id: string;
  seat_numbers: number[];
  total_price: number;
  status: BookingStatus;
  created_at: number;
  expires_at: number;
  paid_at: number | null;
  entry_id: string | null;
}

/** A seat that is out of sale, among the bookings that have the others. */
export interface BlockedRow {
  id: null;
  schedule_id: string;
  seat_numbers: number[];
  status: 'BLOCKED';
}

export const bookingOf = (row: BookingRow): Booking => ({
  id: row.id,
  userId: row.user_id,
  seatNumbers: row.seat_numbers,
  totalPrice: row.total_price,
  status: row.status,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  paidAt: row.paid_at,
  entryId: row.entry_id,
});

export interface EntryRow {
  id: string;
  schedule_id: string;
  user_id: string;
  sequence: number;
  seat_count: number;
  sections: string[] | null;
  accessible: boolean;
  created_at: number;
}

export const entryOf = (row: EntryRow): WaitlistEntry => ({
  id: row.id,
  userId: row.user_id,
  sequence: row.sequence,
  count: row.seat_count,
  sections: row.sections,
  accessible: row.accessible,
  createdAt: row.created_at,
});

export interface BalanceRow {
  user_id: string;
  balance: number;
  last_entry: number | null;
}

export const balanceOf = (row: BalanceRow): Balance => ({ balance: row.balance, lastEntry: row.last_entry });

export interface PaymentRow {
  id: string;
  booking_id: string;
  user_id: string;
  amount: number;
  status: Payment['status'];
  created_at: number;
}

export const paymentOf = (row: PaymentRow): Payment => ({
  id: row.id,
  bookingId: row.booking_id,
  userId: row.user_id,
  amount: row.amount,
  status: row.status,
  createdAt: row.created_at,
});

export interface TicketRow {
  id: string;
  booking_id: string;
  user_id: string;
  seat_number: number;
  code: string;
  status: Ticket['status'];
}

export const ticketOf = (row: TicketRow): Ticket => ({
  id: row.id,
  bookingId: row.booking_id,
  userId: row.user_id,
  seatNumber: row.seat_number,
  code: row.code,
  status: row.status,
});

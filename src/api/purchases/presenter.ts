import {
  bookingView,
  type BookingView,
  paymentView,
  type PaymentView,
  ticketView,
  type TicketView,
} from '../../jobs/outcomes/presenters';
import type { OwnBooking, OwnPayment, OwnTicket } from '../../models/purchase-store';

/** In lists as in the outcome of the command that made them. */

export const presentBooking = ({ booking, schedule, seats }: OwnBooking): BookingView =>
  bookingView(booking, schedule, seats);

export const presentPayment = ({ payment, schedule }: OwnPayment): PaymentView =>
  paymentView(payment, schedule);

export const presentTicket = ({ ticket, schedule, seats }: OwnTicket): TicketView =>
  ticketView(ticket, schedule, seats);

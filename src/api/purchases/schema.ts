import { z } from 'zod';
import { Moment, NextCursor, PageQuery } from '../schemas';

const BookingStatus = z.enum(['PENDING', 'PAID', 'EXPIRED', 'CANCELLED']);

export const BookingView = z
  .object({
    id: z.string(),
    concertId: z.string(),
    scheduleId: z.string(),
    status: BookingStatus,
    seats: z.array(
      z.object({ id: z.string(), section: z.string(), row: z.string(), number: z.int(), price: z.int() }),
    ),
    totalPrice: z.int(),
    expiresAt: Moment.meta({ description: 'When the hold ends, if it is not paid for before' }),
    createdAt: Moment,
    paidAt: Moment.nullable(),
    entryId: z.string().nullable().meta({
      description:
        'The waiting list entry that these seats were offered to: paid with the access token alone',
    }),
  })
  .meta({
    id: 'Booking',
    examples: [
      {
        id: '019a5f3e-8d7c-7b1e-9a43-2f60c1d4e5f6',
        concertId: '3',
        scheduleId: '17',
        status: 'PENDING',
        seats: [{ id: '17-42', section: 'A', row: '5', number: 42, price: 2000 }],
        totalPrice: 2000,
        expiresAt: '2026-11-20T18:05:00.000Z',
        createdAt: '2026-11-20T18:00:00.000Z',
        paidAt: null,
        entryId: null,
      },
    ],
  });

export const PaymentView = z
  .object({
    id: z.string(),
    bookingId: z.string(),
    concertId: z.string(),
    scheduleId: z.string(),
    concertTitle: z.string(),
    amount: z.int(),
    status: z.enum(['PAID', 'REFUNDED']),
    createdAt: Moment,
  })
  .meta({ id: 'Payment' });

export const TicketView = z
  .object({
    id: z.string(),
    concertId: z.string(),
    concertTitle: z.string(),
    startAt: Moment.meta({ description: 'When the show starts' }),
    bookingId: z.string(),
    seatId: z.string(),
    section: z.string(),
    row: z.string(),
    number: z.int(),
    code: z.string().meta({ description: 'What is checked at the door' }),
    status: z.enum(['VALID', 'USED', 'VOID']),
    usedAt: Moment.nullable().meta({ description: 'When it was let in at the door' }),
  })
  .meta({ id: 'Ticket' });

export const BookingsQuery = PageQuery.extend({ status: BookingStatus.optional() });
export const BookingList = z.object({ bookings: z.array(BookingView), nextCursor: NextCursor });
export const PaymentList = z.object({ payments: z.array(PaymentView), nextCursor: NextCursor });
export const TicketList = z.object({ tickets: z.array(TicketView), nextCursor: NextCursor });

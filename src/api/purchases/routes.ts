import { z } from 'zod';
import { isUuid } from '../../lib/ids';
import type { Page, PurchaseStore } from '../../models/purchase-store';
import type { Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { at, BookingId, notFound } from '../path';
import { pageOf, PageQuery } from '../schemas';
import { presentBooking, presentPayment, presentTicket } from './presenter';
import { BookingList, BookingsQuery, BookingView, PaymentList, TicketList } from './schema';

export interface PurchaseRoutesParts {
  policies: Policies;
  purchases: PurchaseStore;
}

export function purchaseRoutes({ policies, purchases }: PurchaseRoutesParts): Endpoint[] {
  const tag = 'My things';
  return [
    endpoint({
      name: 'listBookings',
      method: 'get',
      path: at('/api/bookings', {}),
      tag,
      summary: 'My bookings, newest first',
      access: policies.user,
      input: z.object({ query: BookingsQuery }),
      answers: { 200: { description: 'A page', schema: BookingList } },
      handle: async ({ caller, input: { query } }) => {
        const { page, nextCursor } = await list(query, async (wanted) => {
          const own = await purchases.bookings(caller.userId, wanted, query.status ?? null);
          return own.map(presentBooking);
        });
        return { status: 200, body: { bookings: page, nextCursor } };
      },
    }),
    endpoint({
      name: 'getBooking',
      method: 'get',
      path: at('/api/bookings/:bookingId', { bookingId: BookingId }),
      tag,
      summary: 'One of my bookings',
      access: policies.user,
      input: z.object({}),
      answers: { 200: { description: 'The booking', schema: z.object({ booking: BookingView }) } },
      handle: async ({ caller, params: { bookingId } }) => {
        const booking = await purchases.booking(bookingId, caller.userId);
        if (booking === null) throw notFound(BookingId);
        return { status: 200, body: { booking: presentBooking(booking) } };
      },
    }),
    endpoint({
      name: 'listPayments',
      method: 'get',
      path: at('/api/payments', {}),
      tag,
      summary: 'My payments, newest first',
      access: policies.user,
      input: z.object({ query: PageQuery }),
      answers: { 200: { description: 'A page', schema: PaymentList } },
      handle: async ({ caller, input: { query } }) => {
        const { page, nextCursor } = await list(query, async (wanted) =>
          (await purchases.payments(caller.userId, wanted)).map(presentPayment),
        );
        return { status: 200, body: { payments: page, nextCursor } };
      },
    }),
    endpoint({
      name: 'listTickets',
      method: 'get',
      path: at('/api/tickets', {}),
      tag,
      summary: 'My tickets, newest first',
      access: policies.user,
      input: z.object({ query: PageQuery }),
      answers: { 200: { description: 'A page', schema: TicketList } },
      handle: async ({ caller, input: { query } }) => {
        const { page, nextCursor } = await list(query, async (wanted) =>
          (await purchases.tickets(caller.userId, wanted)).map(presentTicket),
        );
        return { status: 200, body: { tickets: page, nextCursor } };
      },
    }),
  ];
}

/** A cursor that this service cannot have given stands behind everything: an empty page, not an error. */
async function list<Row extends { id: string }>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: (page: Page) => Promise<Row[]>,
) {
  if (cursor !== undefined && !isUuid(cursor)) return { page: [], nextCursor: null };
  const rows = await read({ limit: limit + 1, before: cursor ?? null });
  return pageOf(rows, limit, (row) => row.id);
}

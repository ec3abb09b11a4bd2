import type { z } from 'zod';
import { seatId } from '../../booking/seat-id';
import { isProblemCode, PROBLEMS } from '../../lib/problems';
import type { FanBooking, FanCommand, FanFacts, Found } from '../../models/fan-store';
import type { TicketFacts } from '../../models/ticket-store';
import { presentTicket } from '../tickets/presenter';
import type { FanBookingView, FanCommandView, FanTicketView, FanView, FoundView } from './schema';

export const presentFan = ({ createdAt, ...fan }: FanFacts): z.infer<typeof FanView> => ({
  ...fan,
  createdAt: createdAt.toISOString(),
});

export const presentBooking = (booking: FanBooking): z.infer<typeof FanBookingView> => ({
  ...booking,
  seats: booking.seats.map((seat) => ({ ...seat, id: seatId(booking.scheduleId, seat.number) })),
  startAt: booking.startAt.toISOString(),
  createdAt: booking.createdAt.toISOString(),
  expiresAt: booking.expiresAt.toISOString(),
  paidAt: booking.paidAt?.toISOString() ?? null,
});

export const presentFanTicket = (ticket: TicketFacts): z.infer<typeof FanTicketView> => ({
  ...presentTicket(ticket),
  userId: ticket.userId,
});

export function presentCommand(command: FanCommand): z.infer<typeof FanCommandView> {
  const { id, userId, kind, status, payload, outcome, concertTitle, scheduleId, startAt } = command;
  // What a code of a presale has allowed is no part of what was asked for.
  const { presale: _presale, ...asked } = payload;
  return {
    id,
    userId,
    kind,
    status,
    concertTitle: concertTitle ?? null,
    scheduleId: scheduleId ?? null,
    startAt: startAt?.toISOString() ?? null,
    asked,
    error: outcome === null ? null : presentError(outcome),
    createdAt: command.createdAt.toISOString(),
    finishedAt: command.finishedAt?.toISOString() ?? null,
  };
}

function presentError(outcome: Record<string, unknown>): z.infer<typeof FanCommandView>['error'] {
  const { code: stored, detail } = outcome;
  const code = typeof stored === 'string' ? stored : '';
  const title = isProblemCode(code) ? PROBLEMS[code].title : code;
  return { ...outcome, code, title, detail: typeof detail === 'string' ? detail : '' };
}

export const presentFound = ({ users, bookings, commands, tickets }: Found): z.infer<typeof FoundView> => ({
  users: users.map(presentFan),
  bookings: bookings.map(presentBooking),
  commands: commands.map(presentCommand),
  tickets: tickets.map(presentFanTicket),
});

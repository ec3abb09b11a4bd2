import type { z } from 'zod';
import { seatId } from '../../booking/seat-id';
import type { DoorDate, TicketFacts } from '../../models/ticket-store';
import type { DoorDateView, DoorTicketView } from './schema';

/** As its owner sees it, with its date: whose it is, is not the door's to know. */
export function presentTicket(ticket: TicketFacts): z.infer<typeof DoorTicketView> {
  const { id, bookingId, concertId, scheduleId, concertTitle, section, row, seatNumber, code, status } =
    ticket;
  return {
    id,
    concertId,
    scheduleId,
    concertTitle,
    startAt: ticket.startAt.toISOString(),
    bookingId,
    seatId: seatId(scheduleId, seatNumber),
    section,
    row,
    number: seatNumber,
    code,
    status,
    usedAt: ticket.usedAt?.toISOString() ?? null,
  };
}

export const presentDate = ({ startAt, endAt, ...date }: DoorDate): z.infer<typeof DoorDateView> => ({
  ...date,
  startAt: startAt.toISOString(),
  endAt: endAt.toISOString(),
});

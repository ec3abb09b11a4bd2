import { z } from 'zod';
import type { ExportRow, ScheduleExports } from '../../models/schedule-export';
import type { Policies } from '../access';
import { type CsvColumns, csvReply } from '../csv';
import { endpoint, type Endpoint } from '../endpoint';
import { at, notFound, ScheduleId } from '../path';

export interface ExportRoutesParts {
  policies: Policies;
  exports: ScheduleExports;
}

export function exportRoutes({ policies, exports }: ExportRoutesParts): Endpoint[] {
  return [
    endpoint({
      name: 'exportSchedule',
      method: 'get',
      path: at('/api/admin/schedules/:scheduleId/export.csv', { scheduleId: ScheduleId }),
      tag: 'Helping fans',
      summary: 'Every booking and ticket of a date, a row for each seat',
      access: policies.staff('support'),
      input: z.object({}),
      answers: {
        200: {
          description: 'A table; cut off when it cannot be read to its end',
          schema: z.string(),
          type: 'text/csv',
          headers: ['Content-Disposition', 'Cache-Control'],
        },
      },
      handle: async ({ ctx, caller: { userId }, params: { scheduleId } }) => {
        const rows = await exports.rows(scheduleId, { userId, requestId: ctx.state.requestId });
        if (rows === null) throw notFound(ScheduleId);
        return csvReply(`date-${scheduleId}`, COLUMNS, rows);
      },
    }),
  ];
}

const COLUMNS: CsvColumns<ExportRow> = {
  Booking: ({ bookingId }) => bookingId,
  'Booking status': ({ bookingStatus }) => bookingStatus,
  Made: ({ createdAt }) => createdAt,
  Paid: ({ paidAt }) => paidAt,
  User: ({ userId }) => userId,
  'E-mail': ({ email }) => email,
  Name: ({ name }) => name,
  Section: ({ section }) => section,
  Row: ({ row }) => row,
  Seat: ({ seatNumber }) => seatNumber,
  Price: ({ price }) => price,
  Ticket: ({ ticketId }) => ticketId,
  'Ticket code': ({ ticketCode }) => ticketCode,
  'Ticket status': ({ ticketStatus }) => ticketStatus,
  Used: ({ usedAt }) => usedAt,
};

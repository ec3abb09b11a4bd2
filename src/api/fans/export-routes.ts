import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import type { ExportRow, ScheduleExports } from '../../models/schedule-export';
import type { Policies } from '../access';
import { csvAnswer, type CsvColumns, csvReply } from '../csv';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint } from '../endpoint';
import { at, notFound, ScheduleId } from '../path';

export interface ExportRoutesParts {
  policies: Policies;
  exports: ScheduleExports;
  logger: Logger;
}

export function exportRoutes({ policies, exports, logger }: ExportRoutesParts): Endpoint[] {
  return [
    endpoint({
      name: 'exportSchedule',
      method: 'get',
      path: at('/api/admin/schedules/:scheduleId/export.csv', { scheduleId: ScheduleId }),
      tag: 'Helping fans',
      summary: 'Every booking and ticket of a date, a row for each seat',
      access: policies.staff('support'),
      input: z.object({}),
      answers: { 200: csvAnswer('A table; cut off where it cannot be read to its end') },
      handle: async ({ ctx, caller, params: { scheduleId } }) => {
        const rows = await exports.rows(scheduleId, doneBy(ctx, caller));
        if (rows === null) throw notFound(ScheduleId);
        return csvReply(`date-${scheduleId}`, COLUMNS, rows, logger);
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
  Seat: ({ label, seatNumber }) => label ?? seatNumber,
  'Seat number': ({ seatNumber }) => seatNumber,
  Price: ({ price }) => price,
  Ticket: ({ ticketId }) => ticketId,
  'Ticket code': ({ ticketCode }) => ticketCode,
  'Ticket status': ({ ticketStatus }) => ticketStatus,
  Used: ({ usedAt }) => usedAt,
};

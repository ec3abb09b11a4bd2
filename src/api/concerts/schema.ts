import { z } from 'zod';
import { Moment, NextCursor, PageQuery } from '../schemas';

export const ConcertView = z
  .object({ id: z.string(), title: z.string(), description: z.string(), seatLimit: z.int() })
  .meta({ id: 'Concert' });

export const ConcertList = z.object({ concerts: z.array(ConcertView), nextCursor: NextCursor });
export const ListQuery = PageQuery;

export const ScheduleView = z
  .object({
    id: z.string(),
    concertId: z.string(),
    bookingStartAt: Moment,
    bookingEndAt: Moment,
    startAt: Moment,
    endAt: Moment,
  })
  .meta({ id: 'Schedule' });

export const BookableSchedules = z.object({
  schedules: z.array(
    ScheduleView.extend({ seats: z.object({ total: z.int(), available: z.int() }) }).meta({
      id: 'BookableSchedule',
    }),
  ),
});

export const SeatsQuery = z.object({ status: z.literal('available').optional() });

export const SeatMapView = z
  .object({
    scheduleId: z.string(),
    version: z.int().meta({ description: 'Goes up with every change; the ETag' }),
    seats: z.array(
      z
        .object({
          id: z.string(),
          section: z.string(),
          row: z.string(),
          number: z.int(),
          price: z.int(),
          attributes: z.record(z.string(), z.string().nullable()),
          status: z.enum(['AVAILABLE', 'HELD', 'SOLD']),
        })
        .meta({ id: 'Seat' }),
    ),
  })
  .meta({ id: 'SeatMap' });

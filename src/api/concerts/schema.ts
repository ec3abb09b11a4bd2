import { z } from 'zod';
import { Moment, NextCursor, PageQuery, SeatLabel } from '../schemas';

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
    stopped: z.boolean().meta({ description: 'Nobody takes new seats of it for now' }),
    cancelledAt: Moment.nullable().meta({ description: 'When it was called off; null: it takes place' }),
  })
  .meta({ id: 'Schedule' });

export const BookableSchedules = z.object({
  schedules: z.array(
    ScheduleView.extend({ seats: z.object({ total: z.int(), available: z.int() }) }).meta({
      id: 'BookableSchedule',
    }),
  ),
});

const Since = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a version: a whole number')
  .transform(Number)
  .optional()
  .meta({
    type: 'integer',
    minimum: 0,
    description:
      'The version that you have: only what has changed since is told, or the whole map where that is not known',
  });

export const SeatsQuery = z.object({
  status: z
    .literal('available')
    .optional()
    .meta({ description: 'Leaves the other seats out of a whole map; what has changed is told of any seat' }),
  since: Since,
});
export const SeatEventsQuery = z.object({ since: Since });

const status = z.enum(['AVAILABLE', 'HELD', 'SOLD', 'BLOCKED']);
const version = z.int().meta({ description: 'Goes up with every change; send it as `since`' });

export const SeatMapView = z
  .object({
    scheduleId: z.string(),
    version,
    seats: z.array(
      z
        .object({
          id: z.string(),
          section: z.string(),
          row: z.string(),
          number: z.int(),
          label: SeatLabel,
          afterGap: z
            .literal(true)
            .optional()
            .meta({ description: 'An aisle or the like is between it and the seat before' }),
          price: z.int(),
          attributes: z.record(z.string(), z.string().nullable()),
          standing: z.literal(true).optional().meta({ description: 'A place to stand: nobody chooses it' }),
          status,
        })
        .meta({ id: 'Seat' }),
    ),
  })
  .meta({ id: 'SeatMap' });

export const SeatChangesView = z
  .object({ scheduleId: z.string(), version, changed: z.array(z.object({ id: z.string(), status })) })
  .meta({ id: 'SeatChanges' });

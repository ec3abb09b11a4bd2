import { z } from 'zod';
import { Moment, NextCursor, PageQuery } from '../schemas';

export const ConcertView = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    seatLimit: z.int(),
    timeZone: z
      .string()
      .nullable()
      .meta({ description: 'Of the place where it is, an IANA name; null: not told' }),
  })
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
  form: z.literal('runs').optional().meta({
    description:
      'A whole map by runs of seats that differ in nothing but their number, and a character for the state of each',
  }),
});
export const SeatEventsQuery = z.object({ since: Since });

const seatWidths = z.number().min(-1000).max(1000);
const degrees = z.number().min(-180).max(180);

/** Where a section lies; the same when a date is made and on its map. */
export const SectionLayout = z
  .discriminatedUnion('shape', [
    z.strictObject({
      shape: z.literal('block').meta({ description: 'Straight rows' }),
      x: seatWidths.default(0).meta({ description: "The middle of its first row; 0 is the stage's middle" }),
      y: seatWidths.meta({ description: "How far its first row is from the stage's edge" }),
      turnDegrees: degrees.default(0).meta({ description: 'Clockwise, about the middle of its first row' }),
    }),
    z.strictObject({
      shape: z.literal('arc').meta({ description: "Rows curved about the middle of the stage's edge" }),
      distance: z.number().min(1).max(1000).meta({ description: 'Of its first row from that middle' }),
      angleDegrees: degrees.default(0).meta({ description: 'Of its middle: 0 is straight ahead' }),
    }),
  ])
  .meta({ id: 'SectionLayout', description: 'Where a section lies, in widths of a seat' });

const status = z.enum(['AVAILABLE', 'HELD', 'SOLD']);
const version = z.int().meta({ description: 'Goes up with every change; send it as `since`' });

const Layout = z.record(z.string(), SectionLayout).optional().meta({
  description: 'Where sections lie, by name; those that are not in it stand one below the other',
});

export const SeatMapView = z
  .object({
    scheduleId: z.string(),
    version,
    layout: Layout,
    seats: z.array(
      z
        .object({
          id: z.string(),
          section: z.string(),
          row: z.string(),
          number: z.int(),
          price: z.int(),
          attributes: z.record(z.string(), z.string().nullable()),
          standing: z.literal(true).optional().meta({ description: 'A place to stand: nobody chooses it' }),
          status,
        })
        .meta({ id: 'Seat' }),
    ),
  })
  .meta({ id: 'SeatMap' });

export const SeatRunsView = z
  .object({
    scheduleId: z.string(),
    version,
    layout: Layout,
    runs: z.array(
      z.object({
        first: z.int(),
        last: z.int(),
        section: z.string(),
        row: z.string(),
        price: z.int(),
        attributes: z.record(z.string(), z.string().nullable()),
        standing: z.literal(true).optional(),
      }),
    ),
    states: z.string().meta({
      description:
        'By number, from 1: the first letter of its status. The id of a seat is `scheduleId-number`',
    }),
  })
  .meta({ id: 'SeatRuns' });

export const SeatChangesView = z
  .object({ scheduleId: z.string(), version, changed: z.array(z.object({ id: z.string(), status })) })
  .meta({ id: 'SeatChanges' });

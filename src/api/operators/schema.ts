import { z } from 'zod';
import { QueuePolicySchema } from '../../waiting-room/queue-policy';
import { SectionLayout } from '../concerts/schema';
import { text } from '../schemas';

export const QueuePolicyPart = QueuePolicySchema.partial().meta({ id: 'QueuePolicyPart' });

/** Of a concert's place: its times are told by that clock. */
export const TimeZone = z
  .string()
  .max(100)
  .refine(isTimeZone, { message: 'must be an IANA time zone, such as Asia/Seoul' })
  .meta({ description: 'An IANA time zone', examples: ['Asia/Seoul'] });

export const ConcertBody = z.object({
  title: text(200),
  description: z
    .string()
    .max(5000)
    .refine((value) => !value.includes('\u0000'), { message: 'must not contain NUL characters' })
    .default(''),
  queue: QueuePolicyPart.optional(),
  seatLimit: z.int().min(1).max(1000).optional(),
  timeZone: TimeZone.optional(),
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false; // What Intl does not know, no page could tell.
  }
}

const LARGEST_HOUSE = 100_000;
export const MomentInput = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine(
    (date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200,
    'must lie between 2000 and 2200',
  )
  .meta({ type: 'string', format: 'date-time' });

const Qualities = z.array(z.int().min(-1000).max(1000)).max(1000);

const Section = z.object({
  name: text(50),
  rows: z.int().min(1).max(1000),
  seatsPerRow: z.int().min(1).max(1000),
  price: z.int().min(0).max(1_000_000_000),
  attributes: z.record(text(50), text(200)).optional(),
  standing: z
    .boolean()
    .optional()
    .meta({ description: 'Places without a choice: sold as the best available only, to the last one' }),
  rowQuality: Qualities.optional().meta({
    description:
      'A number per row, the first one first: higher is better. Without it, rows are as good as they stand',
  }),
  layout: SectionLayout.optional(),
  seatQuality: Qualities.optional().meta({
    description: "A number per seat of a row, added to the row's",
  }),
});

/** As many qualities as there are rows, or seats in a row. */
const SectionInput = Section.refine(
  ({ rowQuality, rows }) => rowQuality === undefined || rowQuality.length === rows,
  { path: ['rowQuality'], message: 'must have a number for each row' },
).refine(({ seatQuality, seatsPerRow }) => seatQuality === undefined || seatQuality.length === seatsPerRow, {
  path: ['seatQuality'],
  message: 'must have a number for each seat of a row',
});

export const ScheduleBody = z
  .object({
    bookingStartAt: MomentInput,
    bookingEndAt: MomentInput,
    startAt: MomentInput,
    endAt: MomentInput,
    offerTtlSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .meta({ description: 'How long an offer of the waiting list holds its seats; 600 by default' }),
    singleSeats: z.enum(['allow', 'refuse']).optional().meta({
      description: 'Whether seats may be chosen so that a single free one is left; `allow` by default',
    }),
    sections: z.array(SectionInput).min(1).max(100),
  })
  .refine((schedule) => schedule.bookingStartAt < schedule.bookingEndAt, {
    path: ['bookingEndAt'],
    message: 'must be after bookingStartAt',
  })
  .refine((schedule) => schedule.startAt < schedule.endAt, {
    path: ['endAt'],
    message: 'must be after startAt',
  })
  .refine(
    ({ sections }) =>
      sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0) <= LARGEST_HOUSE,
    {
      path: ['sections'],
      message: `must have ${LARGEST_HOUSE} seats at most`,
    },
  );

export const RoomStatsView = z
  .object({
    policy: QueuePolicySchema,
    waiting: z.int(),
    active: z.int(),
    admittedTotal: z.int(),
    abandonedTotal: z.int(),
    expiredTotal: z.int(),
    admittedPerSecond: z.number(),
    oldestWaitSeconds: z.number(),
  })
  .meta({ id: 'RoomStats' });

import { z } from 'zod';
import { QueuePolicySchema } from '../../waiting-room/queue-policy';
import { text } from '../schemas';

export const QueuePolicyPart = QueuePolicySchema.partial().meta({ id: 'QueuePolicyPart' });

export const ConcertBody = z.object({
  title: text(200),
  description: z
    .string()
    .max(5000)
    .refine((value) => !value.includes('\u0000'), { message: 'must not contain NUL characters' })
    .default(''),
  queue: QueuePolicyPart.optional(),
  seatLimit: z.int().min(1).max(1000).optional(),
});

const LARGEST_HOUSE = 100_000;
export const MomentInput = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine(
    (date) => date.getUTCFullYear() >= 2000 && date.getUTCFullYear() < 2200,
    'must lie between 2000 and 2200',
  )
  .meta({ type: 'string', format: 'date-time' });

const Section = z.object({
  name: text(50),
  rows: z.int().min(1).max(1000),
  seatsPerRow: z.int().min(1).max(1000),
  price: z.int().min(0).max(1_000_000_000),
  attributes: z.record(text(50), text(200)).optional(),
});

export const ScheduleBody = z
  .object({
    bookingStartAt: MomentInput,
    bookingEndAt: MomentInput,
    startAt: MomentInput,
    endAt: MomentInput,
    sections: z.array(Section).min(1).max(100),
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

import { z } from 'zod';
import { MomentInput } from '../operators/schema';
import { Moment, text } from '../schemas';

export const ScheduleChangeBody = z
  .object({
    bookingStartAt: MomentInput.optional(),
    bookingEndAt: MomentInput.optional(),
    startAt: MomentInput.optional(),
    endAt: MomentInput.optional(),
    stopped: z.boolean().optional().meta({
      description: 'true: nobody takes new seats from now on; what is held can be paid for',
    }),
  })
  .meta({ examples: [{ stopped: true }] });

// A section at once; more would make one command heavy.
const SEATS_PER_BLOCK = 5000;

export const BlockBody = z
  .object({
    seatNumbers: z
      .array(z.int().min(1).max(999_999_999))
      .min(1)
      .max(SEATS_PER_BLOCK)
      .refine((numbers) => new Set(numbers).size === numbers.length, 'must not repeat a seat'),
  })
  .meta({ examples: [{ seatNumbers: [1, 2, 3] }] });

export const BlockedAnswer = z
  .object({ blocked: z.int().meta({ description: 'Seats of this date that are out of sale now' }) })
  .meta({ id: 'Blocked' });

const HALF_A_CHARACTER = /\p{Surrogate}/u;
export const ReasonBody = z.object({
  reason: text(500).refine((value) => !HALF_A_CHARACTER.test(value), 'must be well-formed Unicode'),
});

export const CancellationView = z
  .object({
    scheduleId: z.string(),
    reason: z.string(),
    at: Moment,
    bookings: z.int().meta({ description: 'Bookings that were live' }),
    done: z.int().meta({ description: 'Those of them that are cancelled by now' }),
    refunded: z.int().meta({ description: 'Points paid back so far' }),
    refundedBookings: z.int().meta({ description: 'Bookings that were paid for, and are refunded by now' }),
    doneAt: Moment.nullable().meta({ description: 'null: there may be bookings left' }),
  })
  .meta({ id: 'Cancellation' });

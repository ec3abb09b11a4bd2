import { z } from 'zod';
import { ConcertView, ScheduleView } from '../concerts/schema';
import { Moment, NextCursor, PageQuery } from '../schemas';

export const ConcertsQuery = PageQuery.extend({
  q: z
    .string()
    .trim()
    .max(200)
    .refine((value) => !value.includes('\u0000'), { message: 'must not contain NUL characters' })
    .default('')
    .meta({ description: "A concert's id, or a part of its title" }),
});

export const ListedConcerts = z.object({
  concerts: z.array(
    ConcertView.extend({
      dates: z.int(),
      nextStartAt: Moment.nullable().meta({ description: 'Of its next show; null: none is ahead' }),
    }).meta({ id: 'ListedConcert' }),
  ),
  nextCursor: NextCursor,
});

/** A date with all that an operator set. */
export const SetDateView = ScheduleView.extend({
  singleSeats: z.enum(['allow', 'refuse']),
  offerTtlSeconds: z.int(),
  seats: z.int(),
  cancelReason: z.string().nullable(),
}).meta({ id: 'SetDate' });

export const LiveBookingsView = z
  .object({
    held: z.int().meta({ description: 'Bookings that are held, and not paid yet' }),
    paid: z.int(),
    paidPoints: z.int().meta({ description: 'What goes back when the date is called off, in points' }),
  })
  .meta({ id: 'LiveBookings' });

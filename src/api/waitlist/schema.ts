import { z } from 'zod';
import { Moment, NextCursor, text } from '../schemas';

// More than any seat limit allows.
const SEATS_PER_ENTRY = 100;
const SECTIONS_PER_ENTRY = 100;

export const WaitlistBody = z
  .object({
    count: z
      .int()
      .min(1)
      .max(SEATS_PER_ENTRY)
      .meta({ description: 'Seats wanted: side by side where possible' }),
    sections: z
      .array(text(50))
      .min(1)
      .max(SECTIONS_PER_ENTRY)
      .optional()
      .meta({ description: 'Of these sections only' }),
    accessible: z
      .boolean()
      .default(false)
      .meta({ description: 'Accessible seats are offered only to who asks for them' }),
  })
  .meta({ examples: [{ count: 2, sections: ['Stalls'] }] });

export const EntryView = z
  .object({
    id: z.string(),
    concertId: z.string(),
    scheduleId: z.string(),
    concertTitle: z.string(),
    startAt: Moment.meta({ description: 'When the show starts' }),
    count: z.int(),
    sections: z.array(z.string()).nullable().meta({ description: 'null: any' }),
    accessible: z.boolean(),
    position: z
      .int()
      .nullable()
      .meta({ description: '1: the next that is looked at when seats come free. null: it does not wait' }),
    status: z.enum(['WAITING', 'OFFERED', 'TAKEN', 'EXPIRED', 'LEFT']).meta({
      description:
        'EXPIRED: the offer has ended, or booking is over. LEFT: taken off the list, or its offer given back',
    }),
    bookingId: z
      .string()
      .nullable()
      .meta({ description: 'What was offered: paid with the access token alone, until offerEndsAt' }),
    offerEndsAt: Moment.nullable(),
    createdAt: Moment,
  })
  .meta({
    id: 'WaitlistEntry',
    examples: [
      {
        id: '019a5f3e-8d7c-7b1e-9a43-2f60c1d4e5f6',
        concertId: '3',
        scheduleId: '17',
        concertTitle: 'A night to remember',
        startAt: '2026-12-20T19:00:00.000Z',
        count: 2,
        sections: null,
        accessible: false,
        position: 12,
        status: 'WAITING',
        bookingId: null,
        offerEndsAt: null,
        createdAt: '2026-11-20T18:00:00.000Z',
      },
    ],
  });

export const EntryAnswer = z.object({ entry: EntryView });
export const EntryList = z.object({ entries: z.array(EntryView), nextCursor: NextCursor });

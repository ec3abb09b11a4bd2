import { z } from 'zod';
import { Moment, NextCursor, text } from '../schemas';

const Hex = z.string().regex(/^[\da-f]{64}$/);

export const DrawView = z
  .object({
    status: z.enum(['ANNOUNCED', 'DRAWN']),
    algorithm: z.string().meta({ description: 'How the order follows from the rest' }),
    commitment: Hex.meta({ description: 'SHA-256 of the seed' }),
    seed: Hex.nullable().meta({ description: 'null until the order is drawn' }),
    entrants: z.int().nullable().meta({ description: 'How many; null until the list is closed' }),
    entrantsHash: Hex.nullable().meta({ description: 'null until the list is closed' }),
    beacon: z
      .object({
        source: z.string(),
        promisedAt: Moment.nullable(),
        value: z.string().nullable(),
        givenAt: Moment.nullable(),
      })
      .nullable()
      .meta({ description: 'A public value that the order depends on as well; null without one' }),
    announcedAt: Moment,
    closedAt: Moment.nullable(),
    drawnAt: Moment.nullable(),
  })
  .meta({ id: 'Draw' });

const DEFAULT_PAGE = 1000;
const LARGEST_PAGE = 10_000;

// Larger pages than those of other lists: whoever recomputes a draw reads all of it.
export const DrawQuery = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'must be the nextCursor of a page')
    .transform(Number)
    .default(0)
    .meta({ type: 'string', description: 'nextCursor of the page before' }),
  limit: z
    .string()
    .regex(/^\d{1,5}$/, `must be a whole number from 1 to ${LARGEST_PAGE}`)
    .transform(Number)
    .pipe(z.int().min(1).max(LARGEST_PAGE))
    .default(DEFAULT_PAGE)
    .meta({ type: 'integer', minimum: 1, maximum: LARGEST_PAGE, default: DEFAULT_PAGE }),
});

export const DrawOrderView = z.object({
  order: z.array(z.string()).meta({ description: 'Pseudonyms, first drawn first' }),
  nextCursor: NextCursor,
});

export const BeaconBody = z.object({
  source: text(500).meta({ description: 'Where everybody can look the value up, and which one it is' }),
  value: text(1000)
    .nullable()
    .optional()
    .meta({ description: 'null or absent: promised, to be given later' }),
});

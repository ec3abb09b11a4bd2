import { z } from 'zod';

/** Pieces that several resources' schemas share. */

/** An id as clients send it. Numbers are taken too: an id is a text, but nobody shall fail for leaving the quotes out. */
export const IdInput = z
  .union([z.string().min(1).max(64), z.int().positive()])
  .transform(String)
  .meta({ type: 'string', description: 'An id, as the service gave it.' });

/** Text that Postgres can store: it knows no NUL character. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((value) => !value.includes('\u0000'), { message: 'must not contain NUL characters' });

const DEFAULT_PAGE = 20;
const LARGEST_PAGE = 100;

/** The query of every list. A cursor is what the previous page gave as nextCursor. */
export const PageQuery = z.object({
  cursor: z.string().min(1).max(64).optional().meta({ description: 'nextCursor of the page before' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .pipe(z.int().min(1).max(LARGEST_PAGE))
    .default(DEFAULT_PAGE)
    .meta({ type: 'integer', minimum: 1, maximum: LARGEST_PAGE, default: DEFAULT_PAGE }),
});

export const NextCursor = z.string().nullable().meta({ description: 'null on the last page' });

export const SeatLabel = z.string().optional().meta({
  description: 'What is printed on the chair; not there: its `number`',
});

export const Moment = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });

/**
 * One page and the cursor of the next: asks for one row more than the page holds.
 * @param rows at most `limit + 1`
 */
export function pageOf<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => string) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

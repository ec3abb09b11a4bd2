import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import { listedFault, normalised } from '../../models/presale-codes';
import { MomentInput } from '../operators/schema';
import { IdInput, Moment, text } from '../schemas';

const MOST_CODES = 100_000;
/** As many codes as may be listed, with what JSON puts around them. */
export const LARGEST_BODY_BYTES = 8 * 1024 * 1024;
const FAULTS_TOLD = 20;

// Looked at as a whole: a hundred thousand faults would be an answer larger than the question.
const Listed = z
  .array(z.unknown())
  .min(1)
  .max(MOST_CODES)
  .transform((list, ctx): string[] => {
    const codes: string[] = [];
    const first = new Map<string, number>();
    let faults = 0;
    for (const [index, code] of list.entries()) {
      const fault = faultOf(code, index, first);
      if (typeof code === 'string' && fault === null) codes.push(code.trim());
      else if (faults++ < FAULTS_TOLD)
        ctx.addIssue({ code: 'custom', path: [index], message: fault ?? 'must be a text' });
    }
    return faults === 0 ? codes : z.NEVER;
  })
  .meta({
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
    maxItems: MOST_CODES,
    description: 'Codes of your own. Cases, spaces and dashes do not matter',
  });

function faultOf(code: unknown, index: number, first: Map<string, number>): string | null {
  if (typeof code !== 'string' || code.length > 200) return 'must be a text of 200 characters at most';
  const plain = normalised(code);
  const fault = listedFault(plain);
  if (fault !== null) return fault;
  const before = first.get(plain);
  if (before !== undefined) return `is the same as number ${before}`;
  first.set(plain, index);
  return null;
}

const ScheduleIdInput = IdInput.refine(isDatabaseId, 'must be the id of a date');

export const PresaleBody = z
  .object({
    name: text(100),
    startsAt: MomentInput,
    endsAt: MomentInput.meta({ description: 'Not after the opening' }),
    codes: z.union([
      z.strictObject({ count: z.int().min(1).max(MOST_CODES) }),
      z.strictObject({ list: Listed }),
    ]),
    scheduleIds: z
      .array(ScheduleIdInput)
      .min(1)
      .max(1000)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a date twice')
      .nullish()
      .meta({ description: 'Only these dates are sold in it; absent: all' }),
    seatLimit: z.int().min(1).max(1000).nullish().meta({ description: "absent: the concert's" }),
  })
  .refine(({ startsAt, endsAt }) => startsAt < endsAt, {
    path: ['endsAt'],
    message: 'must be after startsAt',
  });

export const PresaleView = z
  .object({
    id: z.string(),
    concertId: z.string(),
    name: z.string(),
    startsAt: Moment,
    endsAt: Moment,
    scheduleIds: z.array(z.string()).nullable().meta({ description: 'null: all dates' }),
    seatLimit: z.int().nullable().meta({ description: "null: the concert's" }),
    count: z.int().meta({ description: 'How many codes it has' }),
    claimed: z.int().meta({ description: 'How many of them belong to somebody' }),
  })
  .meta({ id: 'Presale' });

import { z } from 'zod';
import { BookingView, PaymentView, TicketView } from '../purchases/schema';
import { IdInput, Moment } from '../schemas';

// More than any seat limit allows, less than would make one command heavy.
const SEATS_PER_COMMAND = 100;
const distinct = (values: readonly (string | number)[]): boolean => new Set(values).size === values.length;

export const HoldBody = z
  .object({
    seatIds: z
      .array(IdInput)
      .min(1)
      .max(SEATS_PER_COMMAND)
      .refine(distinct, 'must not repeat a seat')
      .optional(),
    seatNumbers: z
      .array(z.int().min(1).max(999_999_999))
      .min(1)
      .max(SEATS_PER_COMMAND)
      .refine(distinct, 'must not repeat a seat')
      .optional(),
  })
  .refine(({ seatIds, seatNumbers }) => (seatIds === undefined) !== (seatNumbers === undefined), {
    message: 'give either seatIds or seatNumbers',
  })
  .meta({ description: 'All of these seats or none: seatIds or seatNumbers' });

export const JobQuery = z.object({
  wait: z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number of seconds')
    .transform(Number)
    .optional()
    .meta({
      override: { type: 'integer', minimum: 0, maximum: 10 },
      description: 'Hold the answer so many seconds',
    }),
});

const JobError = z
  .looseObject({ code: z.string(), title: z.string(), detail: z.string(), status: z.int() })
  .meta({ id: 'JobError' });

export const JobView = z
  .object({
    id: z.string(),
    kind: z.enum(['hold', 'pay', 'cancel']),
    status: z.enum(['queued', 'completed', 'rejected', 'failed']),
    createdAt: Moment,
    finishedAt: Moment.nullable(),
    result: z
      .object({
        booking: BookingView,
        payment: PaymentView.optional(),
        tickets: z.array(TicketView).optional(),
        balance: z.int().optional(),
      })
      .nullable(),
    error: JobError.nullable(),
    pollAfterMs: z.int().nullable().meta({ description: 'When to ask again; null once it has ended' }),
  })
  .meta({ id: 'Job' });

export const JobAnswer = z.object({ job: JobView });

import { z } from 'zod';
import { BookingView, PaymentView, TicketView } from '../purchases/schema';
import { IdInput, Moment, text } from '../schemas';
import { EntryAnswer } from '../waitlist/schema';

// More than any seat limit allows, less than would make one command heavy.
const SEATS_PER_COMMAND = 100;
const distinct = (values: readonly (string | number)[]): boolean => new Set(values).size === values.length;

const BestAvailable = z
  .object({
    count: z.int().min(1).max(SEATS_PER_COMMAND),
    sections: z.array(text(50)).min(1).max(100).optional().meta({ description: 'Of these sections only' }),
    maxPrice: z.int().min(0).max(1_000_000_000).optional().meta({ description: 'Per seat, in points' }),
    accessible: z
      .boolean()
      .default(false)
      .meta({ description: 'Accessible seats are chosen only for who asks for them' }),
    together: z.boolean().default(true).meta({ description: 'Side by side in one row, or not at all' }),
  })
  .meta({ id: 'BestAvailable', description: 'The service chooses: the best that are free' });

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
    bestAvailable: BestAvailable.optional(),
  })
  .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, {
    message: 'give one of seatIds, seatNumbers and bestAvailable',
  })
  .meta({
    description: 'All of these seats or none: seatIds, seatNumbers or bestAvailable',
    examples: [
      { seatIds: ['17-42', '17-43'] },
      { seatNumbers: [42, 43] },
      { bestAvailable: { count: 2, sections: ['Stalls'], maxPrice: 60_000 } },
    ],
  });

export const JobQuery = z.object({
  wait: z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number of seconds')
    .transform(Number)
    .optional()
    .meta({
      type: 'integer',
      minimum: 0,
      maximum: 10,
      description: 'Hold the answer so many seconds',
    }),
});

const JobError = z
  .looseObject({ code: z.string(), title: z.string(), detail: z.string(), status: z.int() })
  .meta({ id: 'JobError', description: 'A problem, as the call itself would have answered it' });

const named = {
  id: z.string(),
  kind: z.enum(['hold', 'pay', 'cancel', 'enlist', 'withdraw', 'block', 'unblock']),
  createdAt: Moment,
};
const ended = { finishedAt: Moment, pollAfterMs: z.null() };
const completed = { ...named, ...ended, status: z.literal('completed'), error: z.null() };
const WithBooking = z.object({ booking: BookingView });

const QueuedJob = z
  .object({
    ...named,
    status: z.literal('queued'),
    finishedAt: z.null(),
    result: z.null(),
    error: z.null(),
    pollAfterMs: z.int().meta({ description: 'When to ask again' }),
  })
  .meta({
    id: 'QueuedJob',
    examples: [
      {
        id: '019a5f3e-8d7c-7b1e-9a43-2f60c1d4e5f6',
        kind: 'hold',
        createdAt: '2026-11-20T18:00:00.000Z',
        status: 'queued',
        finishedAt: null,
        result: null,
        error: null,
        pollAfterMs: 250,
      },
    ],
  });

const CompletedHold = z
  .object({ ...completed, kind: z.literal('hold'), result: WithBooking })
  .meta({ id: 'CompletedHold' });
const CompletedCancel = z
  .object({ ...completed, kind: z.literal('cancel'), result: WithBooking })
  .meta({ id: 'CompletedCancel' });
const CompletedPay = z
  .object({
    ...completed,
    kind: z.literal('pay'),
    result: WithBooking.extend({
      payment: PaymentView,
      tickets: z.array(TicketView),
      balance: z.int().meta({ description: 'What is left, in points' }),
    }),
  })
  .meta({ id: 'CompletedPay' });
const CompletedEnlist = z
  .object({ ...completed, kind: z.literal('enlist'), result: EntryAnswer })
  .meta({ id: 'CompletedEnlist' });
const CompletedWithdraw = z
  .object({ ...completed, kind: z.literal('withdraw'), result: EntryAnswer })
  .meta({ id: 'CompletedWithdraw' });
const CompletedBlock = z
  .object({ ...completed, kind: z.enum(['block', 'unblock']), result: z.object({ blocked: z.int() }) })
  .meta({
    id: 'CompletedBlock',
    description: "Of staff: seats put out of sale, or back; how many of the date's are now",
  });
const CompletedJob = z
  .discriminatedUnion('kind', [
    CompletedHold,
    CompletedPay,
    CompletedCancel,
    CompletedEnlist,
    CompletedWithdraw,
    CompletedBlock,
  ])
  .meta({ id: 'CompletedJob' });

const RefusedJob = z
  .object({ ...named, ...ended, status: z.enum(['rejected', 'failed']), result: z.null(), error: JobError })
  .meta({
    id: 'RefusedJob',
    description: 'rejected: a rule said no. failed: the system could not, and nothing was changed',
  });

const JobView = z.discriminatedUnion('status', [QueuedJob, CompletedJob, RefusedJob]).meta({ id: 'Job' });

export const JobAnswer = z.object({ job: JobView });

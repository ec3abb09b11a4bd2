import { z } from 'zod';
import { BookingView, PaymentView, TicketView } from '../purchases/schema';
import { IdInput, Moment } from '../schemas';
import { EntryAnswer } from '../waitlist/schema';

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
  .meta({
    description: 'All of these seats or none: seatIds or seatNumbers',
    examples: [{ seatIds: ['17-42', '17-43'] }, { seatNumbers: [42, 43] }],
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

const named = { id: z.string(), kind: z.enum(['hold', 'pay', 'cancel', 'enlist', 'withdraw']), createdAt: Moment };
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
const CompletedJob = z
  .discriminatedUnion('kind', [
    CompletedHold,
    CompletedPay,
    CompletedCancel,
    CompletedEnlist,
    CompletedWithdraw,
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

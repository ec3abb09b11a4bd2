import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { parseSeatId } from '../../booking/seat-id';
import { isUuid } from '../../lib/ids';
import { Problem } from '../../lib/problems';
import type { CommandGate } from '../../jobs/gate/command-gate';
import type { NewCommand } from '../../models/command-store';
import type { PurchaseStore } from '../../models/purchase-store';
import type { SeatCatalog } from '../../models/seat-catalog';
import type { SeatMap } from '../../seat-map/seat-map';
import type { ConcertOf, Policies } from '../access';
import { concertOfSchedule, findSchedule } from '../concerts/routes';
import { type Context, endpoint, type Endpoint, type EndpointFacts, type Reply } from '../endpoint';
import { IDEMPOTENCY_HEADER, idempotencyOf } from '../idempotency';
import { refuseAtOnce, seatNumbersOf } from './holds';
import { jobReply, submissionReply, waitPreference, waitQueryMs } from './job-answers';
import { HoldBody, JobAnswer, JobQuery } from './schema';

export interface CommandRoutesParts {
  policies: Policies;
  gate: CommandGate;
  catalog: SeatCatalog;
  seatMap: SeatMap;
  purchases: PurchaseStore;
}

const COMMAND = {
  tag: 'Book, pay, cancel',
  headers: {
    ...IDEMPOTENCY_HEADER,
    Prefer: 'wait=N: hold the answer up to N (at most 10) seconds for the outcome',
  },
  answers: {
    202: {
      description: 'Durably recorded: it will reach an end. Poll the job at Location',
      schema: JobAnswer,
    },
    200: { description: 'With Prefer: wait, when the outcome came in time', schema: JobAnswer },
  },
} satisfies Partial<EndpointFacts>;

const RECORDING_PROBLEMS = ['IDEMPOTENCY_KEY_REUSED', 'OVERLOADED'] as const;
const HOLD_PROBLEMS = ['SEAT_NOT_FOUND', 'SEAT_TAKEN', 'SEAT_LIMIT', 'BOOKING_WINDOW_CLOSED'] as const;

export function commandRoutes(parts: CommandRoutesParts): Endpoint[] {
  const { policies, gate, catalog, purchases } = parts;
  const ofBooking = async (bookingId: string, userId: string) => {
    const found = isUuid(bookingId) ? await purchases.scheduleOf(bookingId, userId) : null;
    if (found === null) throw new Problem('BOOKING_NOT_FOUND', 'You have no such booking.');
    return found;
  };
  const concertOfBooking: ConcertOf = async ({ bookingId = '' }, userId) =>
    (await ofBooking(bookingId, userId)).concertId;
  const concertOfSeat: ConcertOf = async ({ seatId = '' }) => {
    const seat = parseSeatId(seatId);
    const found = seat === null ? null : await catalog.find(seat.scheduleId);
    if (found === null || seat === null || seat.number > found.seatCount) throw noSuchSeat();
    return found.schedule.concertId;
  };

  async function hold(
    ctx: Context,
    userId: string,
    scheduleId: string,
    seatNumbers: number[],
    body: unknown,
  ) {
    const idempotency = idempotencyOf(ctx, body);
    // A repeated request must get its first answer, even when the seat is taken by now: by itself.
    if (idempotency === null) await refuseAtOnce(parts, await findSchedule(catalog, scheduleId), seatNumbers);
    const command = { id: uuidv7(), userId, kind: 'hold' as const, seatNumbers };
    return submit(ctx, { command, scheduleId, idempotency });
  }

  async function submit(ctx: Context, asked: NewCommand): Promise<Reply> {
    const wait = waitPreference(ctx);
    const submission = await gate.submit(asked, (wait?.seconds ?? 0) * 1000);
    ctx.state.jobId = submission.job.id;
    return submissionReply(submission, wait);
  }

  async function recall(ctx: Context, userId: string, body: unknown): Promise<Reply | null> {
    const wait = waitPreference(ctx);
    const idempotency = idempotencyOf(ctx, body);
    const known =
      idempotency === null ? null : await gate.recall(userId, idempotency, (wait?.seconds ?? 0) * 1000);
    if (known === null) return null;
    ctx.state.jobId = known.job.id;
    return submissionReply(known, wait);
  }

  return [
    endpoint({
      ...COMMAND,
      method: 'post',
      path: '/api/concerts/seats/:seatId/book',
      summary: 'Hold one seat',
      access: policies.mayHold(concertOfSeat),
      input: z.object({}),
      problems: [...HOLD_PROBLEMS, ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller, params: { seatId = '' } }) => {
        const seat = parseSeatId(seatId);
        if (seat === null) throw noSuchSeat();
        return hold(ctx, caller.userId, seat.scheduleId, [seat.number], null);
      },
      recall: async ({ ctx, caller }) => recall(ctx, caller, null),
    }),
    endpoint({
      ...COMMAND,
      method: 'post',
      path: '/api/concerts/schedules/:scheduleId/bookings',
      summary: 'Hold several seats: all of them or none',
      access: policies.mayHold(concertOfSchedule(catalog)),
      input: z.object({ body: HoldBody }),
      problems: ['SCHEDULE_NOT_FOUND', ...HOLD_PROBLEMS, ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller, params: { scheduleId = '' }, input: { body } }) =>
        hold(ctx, caller.userId, scheduleId, seatNumbersOf(body, scheduleId), body),
      recall: async ({ ctx, caller, input: { body } }) => recall(ctx, caller, body),
    }),
    endpoint({
      ...COMMAND,
      method: 'post',
      path: '/api/concerts/bookings/:bookingId/pay',
      summary: 'Pay for held seats with points',
      access: policies.admitted(concertOfBooking),
      input: z.object({}),
      problems: [
        'BOOKING_NOT_FOUND',
        'HOLD_EXPIRED',
        'ALREADY_PAID',
        'ALREADY_CANCELLED',
        'INSUFFICIENT_POINTS',
        ...RECORDING_PROBLEMS,
      ],
      handle: async ({ ctx, caller, params: { bookingId = '' } }) => {
        const { scheduleId } = await ofBooking(bookingId, caller.userId);
        const command = { id: uuidv7(), userId: caller.userId, kind: 'pay' as const, bookingId };
        return submit(ctx, { command, scheduleId, idempotency: idempotencyOf(ctx, null) });
      },
      recall: async ({ ctx, caller }) => recall(ctx, caller, null),
    }),
    endpoint({
      ...COMMAND,
      method: 'post',
      path: '/api/concerts/bookings/:bookingId/cancel',
      summary: 'Cancel: frees held seats, refunds paid ones',
      access: policies.user,
      input: z.object({}),
      problems: ['BOOKING_NOT_FOUND', 'ALREADY_CANCELLED', 'NOT_CANCELLABLE', ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller, params: { bookingId = '' } }) => {
        const { scheduleId } = await ofBooking(bookingId, caller.userId);
        const command = { id: uuidv7(), userId: caller.userId, kind: 'cancel' as const, bookingId };
        return submit(ctx, { command, scheduleId, idempotency: idempotencyOf(ctx, null) });
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/jobs/:jobId',
      tag: COMMAND.tag,
      summary: 'How far is my command',
      access: policies.user,
      input: z.object({ query: JobQuery }),
      answers: { 200: { description: 'The job', schema: JobAnswer } },
      problems: ['JOB_NOT_FOUND'],
      handle: async ({ caller, params: { jobId = '' }, input: { query } }) => {
        const job = isUuid(jobId) ? await gate.find(jobId, caller.userId, waitQueryMs(query.wait)) : null;
        if (job === null) throw new Problem('JOB_NOT_FOUND', 'You have no such job.');
        return jobReply(job);
      },
    }),
  ];
}

const noSuchSeat = (): Problem => new Problem('SEAT_NOT_FOUND', 'There is no such seat.');

import { uuidv7 } from 'uuidv7';
import { type output, z } from 'zod';
import type { CommandOf, PresaleGrant } from '../../booking/types';
import type { CommandGate } from '../../jobs/gate/command-gate';
import type { NewCommand } from '../../models/command-store';
import type { PurchaseStore } from '../../models/purchase-store';
import type { CatalogEntry, SeatCatalog } from '../../models/seat-catalog';
import type { SeatMap } from '../../seat-map/seat-map';
import type { Policies } from '../access';
import { scheduleFinder } from '../concerts/routes';
import { type Context, endpoint, type Endpoint, type EndpointFacts, type Reply } from '../endpoint';
import { IDEMPOTENCY_HEADER, idempotencyOf } from '../idempotency';
import { at, BookingId, JobId, notFound, ScheduleId, SeatId } from '../path';
import { grantFor, type Passes } from '../presales/passes';
import { refuseAtOnce, refuseSoldOut, seatNumbersOf } from './holds';
import { jobReply, submissionReply, waitPreference, waitQueryMs } from './job-answers';
import { HoldBody, JobAnswer, JobQuery } from './schema';

export interface CommandRoutesParts {
  policies: Policies;
  gate: CommandGate;
  catalog: SeatCatalog;
  seatMap: SeatMap;
  purchases: PurchaseStore;
  passes: Passes;
}

export const COMMAND = {
  tag: 'Book, pay, cancel',
  headers: {
    ...IDEMPOTENCY_HEADER,
    Prefer: 'wait=N: hold the answer up to N (at most 10) seconds for the outcome',
  },
  answers: {
    202: {
      description: 'Durably recorded: it will reach an end. Poll the job at Location',
      schema: JobAnswer,
      headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
    },
    200: {
      description: 'With Prefer: wait, when the outcome came in time',
      schema: JobAnswer,
      headers: ['Preference-Applied', 'Idempotency-Replayed'],
    },
  },
  problemHeaders: ['Preference-Applied', 'Idempotency-Replayed'],
} satisfies Partial<EndpointFacts>;

export const RECORDING_PROBLEMS = ['IDEMPOTENCY_KEY_REUSED', 'OVERLOADED', 'COMMAND_FAILED'] as const;
const HOLD_PROBLEMS = [
  'SEAT_NOT_FOUND',
  'SEAT_TAKEN',
  'SEAT_LIMIT',
  'STANDING_AREA',
  'LEAVES_SINGLE_SEAT',
  'BOOKING_WINDOW_CLOSED',
  'SHOW_CANCELLED',
] as const;

export function commandRoutes(parts: CommandRoutesParts): Endpoint[] {
  const { policies, gate, catalog, purchases, passes, seatMap } = parts;
  const findSchedule = scheduleFinder(catalog);
  const findBooking = async ({ bookingId }: { bookingId: string }, userId: string) => {
    const place = await purchases.scheduleOf(bookingId, userId);
    if (place === null) throw notFound(BookingId);
    return place;
  };
  const findSeat = async ({ seatId }: { seatId: output<typeof SeatId> }) => {
    const entry = await catalog.find(seatId.scheduleId);
    if (entry === null || seatId.number > entry.seatCount) throw notFound(SeatId);
    // Leaves along with the waiting room's question: a trip to Redis less before a lone hold is on its way.
    const taken = seatMap.takenAsNoted(seatId.scheduleId, [seatId.number]);
    taken.catch(() => undefined); // Whoever is refused anyway never asks for it.
    return { concertId: entry.schedule.concertId, entry, taken };
  };

  async function hold(
    ctx: Context,
    userId: string,
    entry: CatalogEntry,
    seats: Pick<CommandOf<'hold'>, 'seatNumbers' | 'bestAvailable'>,
    body: unknown,
    taken: () => Promise<number[]> = async () => seatMap.taken(entry.schedule.id, seats.seatNumbers),
  ): Promise<Reply> {
    const idempotency = idempotencyOf(ctx, body);
    const mayBook = await passes.of(entry.schedule.concertId, userId);
    let presale: PresaleGrant | undefined;
    try {
      presale = grantFor(mayBook, entry.schedule.id);
    } catch (refusal) {
      const known = idempotency === null ? null : await recall(ctx, userId, body);
      if (known === null) throw refusal;
      return known;
    }
    // A repeated request must get its first answer, even when the seat is taken by now: by itself.
    if (idempotency === null)
      await (seats.bestAvailable
        ? refuseSoldOut(parts, entry, presale)
        : refuseAtOnce(taken, entry, seats.seatNumbers, presale));
    const { id: scheduleId } = entry.schedule;
    const command = { id: uuidv7(), userId, kind: 'hold' as const, ...seats, ...(presale && { presale }) };
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
      name: 'holdSeat',
      method: 'post',
      path: at('/api/concerts/seats/:seatId/book', { seatId: SeatId }),
      summary: 'Hold one seat',
      access: policies.mayHold(findSeat),
      input: z.object({}),
      problems: [...HOLD_PROBLEMS, ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller: { userId, found }, params: { seatId } }) => {
        const seatNumbers = [seatId.number];
        const taken = async () => (await found.taken) ?? seatMap.taken(seatId.scheduleId, seatNumbers);
        return hold(ctx, userId, found.entry, { seatNumbers }, null, taken);
      },
      recall: async ({ ctx, caller }) => recall(ctx, caller, null),
    }),
    endpoint({
      ...COMMAND,
      name: 'holdSeats',
      method: 'post',
      path: at('/api/concerts/schedules/:scheduleId/bookings', { scheduleId: ScheduleId }),
      summary: 'Hold several seats, chosen or the best available: all of them or none',
      access: policies.mayHold(findSchedule),
      input: z.object({ body: HoldBody }),
      problems: [...HOLD_PROBLEMS, 'NOT_TOGETHER', 'SOLD_OUT', ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller: { userId, found }, params: { scheduleId }, input: { body } }) => {
        const { bestAvailable } = body;
        const seatNumbers = seatNumbersOf(body, scheduleId);
        const seats = bestAvailable === undefined ? { seatNumbers } : { seatNumbers, bestAvailable };
        return hold(ctx, userId, found.entry, seats, body);
      },
      recall: async ({ ctx, caller, input: { body } }) => recall(ctx, caller, body),
    }),
    endpoint({
      ...COMMAND,
      name: 'payBooking',
      method: 'post',
      path: at('/api/concerts/bookings/:bookingId/pay', { bookingId: BookingId }),
      summary: 'Pay for held seats with points',
      access: policies.admittedOrOffered(findBooking),
      input: z.object({}),
      problems: [
        'HOLD_EXPIRED',
        'ALREADY_PAID',
        'ALREADY_CANCELLED',
        'INSUFFICIENT_POINTS',
        'SHOW_CANCELLED',
        ...RECORDING_PROBLEMS,
      ],
      handle: async ({ ctx, caller: { userId, found }, params: { bookingId } }) => {
        const command = { id: uuidv7(), userId, kind: 'pay' as const, bookingId };
        const { scheduleId } = found;
        return submit(ctx, { command, scheduleId, idempotency: idempotencyOf(ctx, null) });
      },
      recall: async ({ ctx, caller }) => recall(ctx, caller, null),
    }),
    endpoint({
      ...COMMAND,
      name: 'cancelBooking',
      method: 'post',
      path: at('/api/concerts/bookings/:bookingId/cancel', { bookingId: BookingId }),
      summary: 'Cancel: frees held seats, refunds paid ones',
      access: policies.user,
      input: z.object({}),
      problems: ['ALREADY_CANCELLED', 'NOT_CANCELLABLE', 'SHOW_CANCELLED', ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller: { userId }, params: { bookingId } }) => {
        const { scheduleId } = await findBooking({ bookingId }, userId);
        const command = { id: uuidv7(), userId, kind: 'cancel' as const, bookingId };
        return submit(ctx, { command, scheduleId, idempotency: idempotencyOf(ctx, null) });
      },
    }),
    endpoint({
      name: 'getJob',
      method: 'get',
      path: at('/api/jobs/:jobId', { jobId: JobId }),
      tag: COMMAND.tag,
      summary: 'How far is my command',
      access: policies.user,
      input: z.object({ query: JobQuery }),
      answers: {
        200: {
          description: 'The job; Retry-After while it is queued',
          schema: JobAnswer,
          headers: ['Retry-After', 'Cache-Control'],
        },
      },
      handle: async ({ caller, params: { jobId }, input: { query } }) => {
        const job = await gate.find(jobId, caller.userId, waitQueryMs(query.wait));
        if (job === null) throw notFound(JobId);
        return jobReply(job);
      },
    }),
  ];
}

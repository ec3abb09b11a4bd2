import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { CommandGate } from '../../jobs/gate/command-gate';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { TIMES } from '../../lib/times';
import type { PurchaseStore } from '../../models/purchase-store';
import type { SeatCatalog } from '../../models/seat-catalog';
import { type Cancellation, ShowCancelledError, type ShowStore } from '../../models/show-store';
import type { Policies } from '../access';
import { submissionReply, waitPreference } from '../commands/job-answers';
import { problemOfJob } from '../commands/presenter';
import { COMMAND, RECORDING_PROBLEMS } from '../commands/routes';
import { JobAnswer } from '../commands/schema';
import { scheduleFinder, scheduleView } from '../concerts/routes';
import { ScheduleView } from '../concerts/schema';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint, type Reply } from '../endpoint';
import { IDEMPOTENCY_HEADER, idempotencyOf, REPLAYED } from '../idempotency';
import { at, BookingId, notFound, ScheduleId } from '../path';
import { conflictsAt } from '../presales/routes';
import { BlockBody, BlockedAnswer, CancellationView, ReasonBody, ScheduleChangeBody } from './schema';

export interface ShowRoutesParts {
  policies: Policies;
  gate: CommandGate;
  shows: ShowStore;
  catalog: SeatCatalog;
  purchases: PurchaseStore;
  logger: Logger;
}

const tag = 'Operators';

/** What operators do with a date that is on sale, and with a fan's booking. */
export function showRoutes(parts: ShowRoutesParts): Endpoint[] {
  const { policies, gate, shows, purchases, catalog, logger } = parts;
  const findSchedule = scheduleFinder(catalog);
  const cancellationPath = at('/api/admin/schedules/:scheduleId/cancellation', { scheduleId: ScheduleId });
  return [
    endpoint({
      name: 'changeSchedule',
      method: 'patch',
      path: at('/api/admin/schedules/:scheduleId', { scheduleId: ScheduleId }),
      tag,
      summary: 'Move a date, or stop its sale: in force at once, for whatever is decided from then on',
      access: policies.operator,
      input: z.object({ body: ScheduleChangeBody }),
      answers: { 200: { description: 'In force', schema: z.object({ schedule: ScheduleView }) } },
      problems: ['SHOW_CANCELLED'],
      handle: async ({ ctx, caller, params: { scheduleId }, input: { body } }) => {
        const schedule = await unlessCancelled(async () =>
          conflictsAt('body', async () => shows.change(scheduleId, body, doneBy(ctx, caller))),
        );
        if (schedule === null) throw notFound(ScheduleId);
        logger.info({ operatorId: caller.userId, scheduleId, change: body }, 'schedule changed');
        return { status: 200, body: { schedule: scheduleView(schedule) } };
      },
    }),
    ...(['block', 'unblock'] as const).map((kind) =>
      endpoint({
        name: kind === 'block' ? 'blockSeats' : 'unblockSeats',
        method: kind === 'block' ? 'post' : 'delete',
        path: at('/api/admin/schedules/:scheduleId/blocks', { scheduleId: ScheduleId }),
        tag,
        summary:
          kind === 'block'
            ? 'Take seats out of sale: all of them or none. Those that are stay so'
            : 'Put seats back on sale. Whoever is on the waiting list is asked first',
        access: policies.operator,
        input: z.object({ body: BlockBody }),
        headers: IDEMPOTENCY_HEADER,
        answers: {
          200: { description: 'So it is', schema: BlockedAnswer, headers: ['Idempotency-Replayed'] },
          202: {
            description: 'Durably recorded, but not decided yet: poll the job at Location',
            schema: JobAnswer,
            headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
          },
        },
        problems: ['SEAT_TAKEN', 'SEAT_NOT_FOUND', 'SHOW_CANCELLED', ...RECORDING_PROBLEMS],
        problemHeaders: ['Idempotency-Replayed'],
        waitsMs: TIMES.longestWaitMs,
        handle: async ({ ctx, caller: { userId }, params, input: { body } }) => {
          await findSchedule(params, userId);
          const { requestId } = ctx.state;
          const command = { id: uuidv7(), userId, kind, seatNumbers: body.seatNumbers, requestId };
          const asked = { command, scheduleId: params.scheduleId, idempotency: idempotencyOf(ctx, body) };
          const submission = await gate.submit(asked, TIMES.longestWaitMs);
          const { job, replayed } = submission;
          ctx.state.jobId = job.id;
          if (job.status === 'queued') return submissionReply(submission, null);
          const headers: Record<string, string> = replayed ? { ...REPLAYED } : {};
          if (job.status !== 'completed') throw problemOfJob(job, headers);
          return { status: 200, json: job.outcome, headers };
        },
      }),
    ),
    endpoint({
      name: 'cancelSchedule',
      method: 'post',
      path: at('/api/admin/schedules/:scheduleId/cancel', { scheduleId: ScheduleId }),
      tag,
      summary: 'Call a date off: every live booking is cancelled and refunded once, whatever dies',
      access: policies.operator,
      input: z.object({ body: ReasonBody }),
      answers: {
        202: {
          description: 'Called off, now or before; bookings follow: see Location',
          schema: CancellationView,
          headers: ['Location'],
        },
      },
      handle: async ({ ctx, caller, params: { scheduleId }, input: { body } }) => {
        const cancellation = await shows.cancel(scheduleId, body.reason, doneBy(ctx, caller));
        if (cancellation === null) throw notFound(ScheduleId);
        logger.info({ operatorId: caller.userId, scheduleId }, 'schedule called off');
        const headers = { Location: `/api/admin/schedules/${scheduleId}/cancellation` };
        return { ...cancellationReply(scheduleId, cancellation), status: 202, headers };
      },
    }),
    endpoint({
      name: 'getCancellation',
      method: 'get',
      path: cancellationPath,
      tag,
      summary: 'How far the cancellation of a date is',
      access: policies.staff('support'),
      input: z.object({}),
      answers: { 200: { description: 'So far', schema: CancellationView } },
      problems: ['NO_CANCELLATION'],
      handle: async ({ caller: { userId }, params }) => {
        const { scheduleId } = params;
        await findSchedule(params, userId);
        const cancellation = await shows.cancellation(scheduleId);
        if (cancellation === null) throw new Problem('NO_CANCELLATION', 'This date was not called off.');
        return cancellationReply(scheduleId, cancellation);
      },
    }),
    endpoint({
      ...COMMAND,
      tag,
      name: 'cancelBookingOnBehalf',
      method: 'post',
      path: at('/api/admin/bookings/:bookingId/cancel', { bookingId: BookingId }),
      summary: "Cancel a fan's booking, as they could themselves: frees held seats, refunds paid ones",
      access: policies.staff('support'),
      input: z.object({ body: ReasonBody }),
      problems: ['ALREADY_CANCELLED', 'NOT_CANCELLABLE', 'SHOW_CANCELLED', ...RECORDING_PROBLEMS],
      handle: async ({ ctx, caller: { userId }, params: { bookingId }, input: { body } }) => {
        const place = await purchases.placeOf(bookingId);
        if (place === null) throw new Problem('BOOKING_NOT_FOUND', 'There is no such booking.');
        const { scheduleId, ownerId } = place;
        const { requestId } = ctx.state;
        const onBehalf = { ownerId, reason: body.reason, requestId };
        const command = { id: uuidv7(), userId, kind: 'cancel' as const, bookingId, onBehalf };
        const wait = waitPreference(ctx);
        const asked = { command, scheduleId, idempotency: idempotencyOf(ctx, body) };
        const submission = await gate.submit(asked, (wait?.seconds ?? 0) * 1000);
        ctx.state.jobId = submission.job.id;
        return submissionReply(submission, wait);
      },
    }),
  ];
}

function cancellationReply(scheduleId: string, { at: moment, doneAt, ...rest }: Cancellation): Reply {
  const times = { at: moment.toISOString(), doneAt: doneAt?.toISOString() ?? null };
  return { status: 200, body: { scheduleId, ...rest, ...times } };
}

/** @throws Problem SHOW_CANCELLED */
async function unlessCancelled<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ShowCancelledError)) throw error;
    throw new Problem('SHOW_CANCELLED', 'This date was called off: it cannot be changed any more.');
  }
}

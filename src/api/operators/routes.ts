import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { TIMES } from '../../lib/times';
import { Problem } from '../../lib/problems';
import { PolicyRefusedError } from '../../waiting-room/policy-change';
import { type QueuePolicy, QueuePolicySchema } from '../../waiting-room/queue-policy';
import type { AuditLog } from '../../models/audit-log';
import type { ConcertStore } from '../../models/concert-store';
import type { ScheduleStore } from '../../models/schedule-store';
import type { WaitingRoom } from '../../waiting-room';
import type { Policies } from '../access';
import { scheduleView } from '../concerts/routes';
import { ConcertView, ScheduleView } from '../concerts/schema';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ConcertId, notFound } from '../path';
import { seatsOfPlan } from '../plans/checked-plan';
import { PLAN_BODY_BYTES } from '../plans/schema';
import { conflictsAt } from '../presales/routes';
import { IF_MATCH_HEADER, ifMatch, policyETag, unlessChanged } from './policy-match';
import { ConcertBody, ConcertTermsBody, QueuePolicyPart, RoomStatsView, ScheduleBody } from './schema';

export interface OperatorRoutesParts {
  policies: Policies;
  concerts: ConcertStore;
  schedules: ScheduleStore;
  room: WaitingRoom;
  auditLog: Pick<AuditLog, 'page'>;
  defaults: { queuePolicy: QueuePolicy; seatLimit: number };
  logger: Logger;
}

export function operatorRoutes(parts: OperatorRoutesParts): Endpoint[] {
  const { policies, concerts, schedules, room, auditLog, defaults, logger } = parts;
  const tag = 'Operators';
  return [
    endpoint({
      name: 'createConcert',
      method: 'post',
      path: at('/api/admin/concerts', {}),
      tag,
      summary: 'Make a concert',
      access: policies.operator,
      input: z.object({ body: ConcertBody }),
      answers: {
        201: { description: 'Made', schema: z.object({ concert: ConcertView }), headers: ['Location'] },
      },
      handle: async ({ ctx, caller, input: { body } }) => {
        const { title, description, seatLimit = defaults.seatLimit } = body;
        const policy = { ...defaults.queuePolicy, ...given(body.queue ?? {}) };
        const concert = await policyAt('body.queue', async () =>
          concerts.create({ title, description, seatLimit, policy }, doneBy(ctx, caller)),
        );
        logger.info({ operatorId: caller.userId, concertId: concert.id }, 'concert made');
        return { status: 201, body: { concert }, headers: { Location: `/api/concerts/${concert.id}` } };
      },
    }),
    endpoint({
      name: 'changeConcert',
      method: 'patch',
      path: at('/api/admin/concerts/:concertId', { concertId: ConcertId }),
      tag,
      summary:
        'Change the title, the description or the limit of seats: in force within seconds, in every process',
      access: policies.operator,
      input: z.object({ body: ConcertTermsBody }),
      answers: { 200: { description: 'As it is now', schema: z.object({ concert: ConcertView }) } },
      handle: async ({ ctx, caller, params: { concertId }, input: { body } }) => {
        const concert = await concerts.change(concertId, body, doneBy(ctx, caller));
        if (concert === null) throw notFound(ConcertId);
        logger.info({ operatorId: caller.userId, concertId }, 'concert changed');
        return { status: 200, body: { concert } };
      },
    }),
    endpoint({
      name: 'createSchedule',
      method: 'post',
      path: at('/api/admin/concerts/:concertId/schedules', { concertId: ConcertId }),
      tag,
      summary: 'Add a date with its seats, numbered 1 to n through the sections, or through its plan',
      access: policies.operator,
      input: z.object({ body: ScheduleBody }),
      bodyBytes: PLAN_BODY_BYTES,
      waitsMs: TIMES.longCallMs,
      answers: {
        201: { description: 'Added', schema: z.object({ schedule: ScheduleView, seats: z.int() }) },
      },
      handle: async ({ ctx, caller, params: { concertId }, input: { body } }) => {
        const { plan, sections = [], ...terms } = body;
        const seats = plan === undefined ? undefined : await seatsOfPlan(plan);
        const house = { ...terms, concertId, sections, seats };
        const made = await conflictsAt('body', async () => schedules.create(house, doneBy(ctx, caller)));
        if (made === null) throw notFound(ConcertId);
        logger.info(
          { operatorId: caller.userId, scheduleId: made.schedule.id, seats: made.seats },
          'schedule made',
        );
        return { status: 201, body: { schedule: scheduleView(made.schedule), seats: made.seats } };
      },
    }),
    endpoint({
      name: 'changeQueuePolicy',
      method: 'patch',
      path: at('/api/admin/concerts/:concertId/queue', { concertId: ConcertId }),
      tag,
      summary: "Change any part of a waiting room's policy: in force within one tick, in every process",
      access: policies.operator,
      input: z.object({ body: QueuePolicyPart }),
      headers: IF_MATCH_HEADER,
      answers: {
        200: {
          description: 'In force',
          schema: z.object({ policy: QueuePolicySchema }),
          headers: ['ETag'],
        },
      },
      problems: ['PRECONDITION_FAILED'],
      handle: async ({ ctx, caller, params: { concertId }, input: { body } }) => {
        const by = doneBy(ctx, caller);
        const change = async () => concerts.changePolicy(concertId, given(body), by, ifMatch(ctx));
        const policy = await policyAt('body', async () => unlessChanged(auditLog, concertId, change));
        if (policy === null) throw notFound(ConcertId);
        await room.setPolicy(concertId, policy);
        logger.info({ operatorId: caller.userId, concertId, policy }, 'queue policy changed');
        return { status: 200, body: { policy }, headers: policyETag(policy) };
      },
    }),
    endpoint({
      name: 'getQueueStats',
      method: 'get',
      path: at('/api/admin/concerts/:concertId/queue', { concertId: ConcertId }),
      tag,
      summary: 'Watch a waiting room',
      access: policies.operator,
      input: z.object({}),
      answers: { 200: { description: 'The room now', schema: RoomStatsView, headers: ['ETag'] } },
      handle: async ({ params: { concertId } }) => {
        const policy = await concerts.policy(concertId);
        if (policy === null) throw notFound(ConcertId);
        const stats = await room.stats(concertId);
        return { status: 200, body: { policy, ...stats }, headers: policyETag(policy) };
      },
    }),
  ];
}

/** A policy that cannot be is refused like any other input: with where it stands and what is wrong. */
async function policyAt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PolicyRefusedError)) throw error;
    const { part, message } = error.fault;
    throw new Problem('INVALID_REQUEST', `The policy cannot be put into force: ${error.message}.`, {
      members: { errors: [{ path: `${path}.${part}`, message }] },
    });
  }
}

/** The parts that were sent: an absent one must not overwrite what is there. */
function given(part: { [Key in keyof QueuePolicy]?: QueuePolicy[Key] | undefined }): Partial<QueuePolicy> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}

import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { PolicyRefusedError } from '../../waiting-room/policy-change';
import { type QueuePolicy, QueuePolicySchema } from '../../waiting-room/queue-policy';
import type { ConcertStore } from '../../models/concert-store';
import type { ScheduleStore } from '../../models/schedule-store';
import type { WaitingRoom } from '../../waiting-room';
import type { Policies } from '../access';
import { scheduleView } from '../concerts/routes';
import { ConcertView, ScheduleView } from '../concerts/schema';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ConcertId, notFound } from '../path';
import { conflictsAt } from '../presales/routes';
import { ConcertBody, QueuePolicyPart, RoomStatsView, ScheduleBody } from './schema';

export interface OperatorRoutesParts {
  policies: Policies;
  concerts: ConcertStore;
  schedules: ScheduleStore;
  room: WaitingRoom;
  defaults: { queuePolicy: QueuePolicy; seatLimit: number };
  logger: Logger;
}

export function operatorRoutes(parts: OperatorRoutesParts): Endpoint[] {
  const { policies, concerts, schedules, room, defaults, logger } = parts;
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
      handle: async ({ caller, input: { body } }) => {
        const { title, description, seatLimit = defaults.seatLimit, timeZone } = body;
        const policy = { ...defaults.queuePolicy, ...given(body.queue ?? {}) };
        const concert = await policyAt('body.queue', async () =>
          concerts.create({ title, description, seatLimit, timeZone, policy }),
        );
        logger.info({ operatorId: caller.userId, concertId: concert.id }, 'concert made');
        return { status: 201, body: { concert }, headers: { Location: `/api/concerts/${concert.id}` } };
      },
    }),
    endpoint({
      name: 'createSchedule',
      method: 'post',
      path: at('/api/admin/concerts/:concertId/schedules', { concertId: ConcertId }),
      tag,
      summary: 'Add a date with its seats, numbered 1 to n through the sections',
      access: policies.operator,
      input: z.object({ body: ScheduleBody }),
      answers: {
        201: { description: 'Added', schema: z.object({ schedule: ScheduleView, seats: z.int() }) },
      },
      handle: async ({ caller, params: { concertId }, input: { body } }) => {
        const made = await conflictsAt('body', async () => schedules.create({ ...body, concertId }));
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
      answers: { 200: { description: 'In force', schema: z.object({ policy: QueuePolicySchema }) } },
      handle: async ({ caller, params: { concertId }, input: { body } }) => {
        const policy = await policyAt('body', async () => concerts.changePolicy(concertId, given(body)));
        if (policy === null) throw notFound(ConcertId);
        await room.setPolicy(concertId, policy);
        logger.info({ operatorId: caller.userId, concertId, policy }, 'queue policy changed');
        return { status: 200, body: { policy } };
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
      answers: { 200: { description: 'The room now', schema: RoomStatsView } },
      handle: async ({ params: { concertId } }) => {
        const policy = await concerts.policy(concertId);
        if (policy === null) throw notFound(ConcertId);
        return { status: 200, body: { policy, ...(await room.stats(concertId)) } };
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

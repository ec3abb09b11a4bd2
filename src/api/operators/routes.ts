import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { isDatabaseId } from '../../lib/ids';
import { Problem } from '../../lib/problems';
import { type QueuePolicy, QueuePolicySchema } from '../../waiting-room/queue-policy';
import type { ConcertStore } from '../../models/concert-store';
import type { ScheduleStore } from '../../models/schedule-store';
import type { WaitingRoom } from '../../waiting-room';
import type { Policies } from '../access';
import { scheduleView } from '../concerts/routes';
import { ConcertView, ScheduleView } from '../concerts/schema';
import { endpoint, type Endpoint } from '../endpoint';
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
      method: 'post',
      path: '/api/admin/concerts',
      tag,
      summary: 'Make a concert',
      access: policies.operator,
      input: z.object({ body: ConcertBody }),
      answers: { 201: { description: 'Made', schema: z.object({ concert: ConcertView }) } },
      handle: async ({ caller, input: { body } }) => {
        const { title, description, seatLimit = defaults.seatLimit } = body;
        const policy = { ...defaults.queuePolicy, ...given(body.queue ?? {}) };
        const concert = await concerts.create({ title, description, seatLimit, policy });
        logger.info({ operatorId: caller.userId, concertId: concert.id }, 'concert made');
        return { status: 201, body: { concert }, headers: { Location: `/api/concerts/${concert.id}` } };
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/admin/concerts/:concertId/schedules',
      tag,
      summary: 'Add a date with its seats, numbered 1 to n through the sections',
      access: policies.operator,
      input: z.object({ body: ScheduleBody }),
      answers: {
        201: { description: 'Added', schema: z.object({ schedule: ScheduleView, seats: z.int() }) },
      },
      problems: ['CONCERT_NOT_FOUND'],
      handle: async ({ caller, params: { concertId = '' }, input: { body } }) => {
        const made = isDatabaseId(concertId) ? await schedules.create({ ...body, concertId }) : null;
        if (made === null) throw concertNotFound();
        logger.info(
          { operatorId: caller.userId, scheduleId: made.schedule.id, seats: made.seats },
          'schedule made',
        );
        return { status: 201, body: { schedule: scheduleView(made.schedule), seats: made.seats } };
      },
    }),
    endpoint({
      method: 'patch',
      path: '/api/admin/concerts/:concertId/queue',
      tag,
      summary: "Change any part of a waiting room's policy: in force within one tick, in every process",
      access: policies.operator,
      input: z.object({ body: QueuePolicyPart }),
      answers: { 200: { description: 'In force', schema: z.object({ policy: QueuePolicySchema }) } },
      problems: ['CONCERT_NOT_FOUND'],
      handle: async ({ caller, params: { concertId = '' }, input: { body } }) => {
        const policy = isDatabaseId(concertId) ? await concerts.changePolicy(concertId, given(body)) : null;
        if (policy === null) throw concertNotFound();
        await room.setPolicy(concertId, policy);
        logger.info({ operatorId: caller.userId, concertId, policy }, 'queue policy changed');
        return { status: 200, body: { policy } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/admin/concerts/:concertId/queue',
      tag,
      summary: 'Watch a waiting room',
      access: policies.operator,
      input: z.object({}),
      answers: { 200: { description: 'The room now', schema: RoomStatsView } },
      problems: ['CONCERT_NOT_FOUND'],
      handle: async ({ params: { concertId = '' } }) => {
        const policy = isDatabaseId(concertId) ? await concerts.policy(concertId) : null;
        if (policy === null) throw concertNotFound();
        return { status: 200, body: { policy, ...(await room.stats(concertId)) } };
      },
    }),
  ];
}

/** The parts that were sent: an absent one must not overwrite what is there. */
function given(part: { [Key in keyof QueuePolicy]?: QueuePolicy[Key] | undefined }): Partial<QueuePolicy> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}

const concertNotFound = (): Problem => new Problem('CONCERT_NOT_FOUND', 'There is no such concert.');

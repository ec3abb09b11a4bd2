import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import { Problem } from '../../lib/problems';
import type { ConcertFacts, ConcertStore } from '../../models/concert-store';
import type { ScheduleFacts, ScheduleStore } from '../../models/schedule-store';
import type { CatalogEntry, SeatCatalog } from '../../models/seat-catalog';
import type { SeatMap } from '../../seat-map/seat-map';
import type { ConcertOf, Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { pageOf } from '../schemas';
import { BookableSchedules, ConcertList, ConcertView, ListQuery } from './schema';

export interface ConcertRoutesParts {
  policies: Policies;
  concerts: ConcertStore;
  schedules: ScheduleStore;
  catalog: SeatCatalog;
  seatMap: SeatMap;
}

export function concertRoutes(parts: ConcertRoutesParts): Endpoint[] {
  const { policies, concerts, schedules } = parts;
  const tag = 'Concerts';
  const concertOfPath: ConcertOf = async ({ concertId = '' }) => (await findConcert(concerts, concertId)).id;

  return [
    endpoint({
      method: 'get',
      path: '/api/concerts',
      tag,
      summary: 'All concerts',
      access: policies.anybody,
      input: z.object({ query: ListQuery }),
      answers: { 200: { description: 'A page', schema: ConcertList } },
      handle: async ({ input: { query } }) => {
        const after = query.cursor ?? null;
        const known = after === null || isDatabaseId(after);
        const rows = known ? await concerts.list(query.limit + 1, after) : [];
        const { page, nextCursor } = pageOf(rows, query.limit, (concert) => concert.id);
        return { status: 200, body: { concerts: page, nextCursor } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/concerts/:concertId',
      tag,
      summary: 'One concert',
      access: policies.anybody,
      input: z.object({}),
      answers: { 200: { description: 'The concert', schema: z.object({ concert: ConcertView }) } },
      problems: ['CONCERT_NOT_FOUND'],
      handle: async ({ params: { concertId = '' } }) => ({
        status: 200,
        body: { concert: await findConcert(concerts, concertId) },
      }),
    }),
    endpoint({
      method: 'get',
      path: '/api/concerts/:concertId/schedules/bookable',
      tag,
      summary: 'Dates whose booking window is open now',
      access: policies.admitted(concertOfPath),
      input: z.object({}),
      answers: { 200: { description: 'The dates', schema: BookableSchedules } },
      problems: ['CONCERT_NOT_FOUND'],
      handle: async ({ caller }) => {
        const open = await schedules.bookable(caller.concertId);
        const views = await Promise.all(open.map(async (schedule) => bookableView(parts, schedule)));
        return { status: 200, body: { schedules: views } };
      },
    }),
  ];
}

async function findConcert(concerts: ConcertStore, id: string): Promise<ConcertFacts> {
  const concert = isDatabaseId(id) ? await concerts.find(id) : null;
  if (concert === null) throw new Problem('CONCERT_NOT_FOUND', 'There is no such concert.');
  return concert;
}

/** @throws Problem SCHEDULE_NOT_FOUND */
export async function findSchedule(catalog: SeatCatalog, id: string): Promise<CatalogEntry> {
  const found = isDatabaseId(id) ? await catalog.find(id) : null;
  if (found === null) throw scheduleNotFound();
  return found;
}

export function concertOfSchedule(catalog: SeatCatalog): ConcertOf {
  return async ({ scheduleId = '' }) => (await findSchedule(catalog, scheduleId)).schedule.concertId;
}

export const scheduleNotFound = (): Problem => new Problem('SCHEDULE_NOT_FOUND', 'There is no such date.');

/** Of counts alone: the states of every open date would be a megabyte with each request. */
async function bookableView({ seatMap, catalog }: ConcertRoutesParts, schedule: ScheduleFacts) {
  const [entry, available] = await Promise.all([catalog.find(schedule.id), seatMap.available(schedule.id)]);
  return { ...scheduleView(schedule), seats: { total: entry?.seatCount ?? 0, available: available ?? 0 } };
}

export function scheduleView(schedule: ScheduleFacts) {
  const { id, concertId, bookingStartAt, bookingEndAt, startAt, endAt } = schedule;
  return {
    id,
    concertId,
    bookingStartAt: bookingStartAt.toISOString(),
    bookingEndAt: bookingEndAt.toISOString(),
    startAt: startAt.toISOString(),
    endAt: endAt.toISOString(),
  };
}

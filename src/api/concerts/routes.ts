import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import type { ConcertStore } from '../../models/concert-store';
import type { ScheduleFacts, ScheduleStore } from '../../models/schedule-store';
import type { CatalogEntry, SeatCatalog } from '../../models/seat-catalog';
import type { SeatMap } from '../../seat-map/seat-map';
import type { Find, OfConcert, Policies } from '../access';
import { endpoint, type Endpoint, type Reply } from '../endpoint';
import { at, ConcertId, notFound, ScheduleId } from '../path';
import { datesOf, type Passes } from '../presales/passes';
import { pageOf } from '../schemas';
import { BookableSchedules, ConcertList, ConcertView, ListQuery } from './schema';

export interface ConcertRoutesParts {
  policies: Policies;
  concerts: ConcertStore;
  schedules: ScheduleStore;
  catalog: SeatCatalog;
  seatMap: SeatMap;
  passes: Passes;
}

export function concertRoutes(parts: ConcertRoutesParts): Endpoint[] {
  const { policies, concerts, schedules, passes } = parts;
  const tag = 'Concerts';
  const findConcert = async ({ concertId }: OfConcert) => {
    const concert = await concerts.find(concertId);
    if (concert === null) throw notFound(ConcertId);
    return { concertId, concert };
  };
  const bookableReply = async (concertId: string, dates?: ReturnType<typeof datesOf>): Promise<Reply> => {
    const open = await schedules.bookable(concertId, dates);
    const views = await Promise.all(open.map(async (schedule) => bookableView(parts, schedule)));
    return { status: 200, body: { schedules: views } };
  };

  return [
    endpoint({
      name: 'listConcerts',
      method: 'get',
      path: at('/api/concerts', {}),
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
      name: 'getConcert',
      method: 'get',
      path: at('/api/concerts/:concertId', { concertId: ConcertId }),
      tag,
      summary: 'One concert',
      access: policies.anybody,
      input: z.object({}),
      answers: { 200: { description: 'The concert', schema: z.object({ concert: ConcertView }) } },
      handle: async ({ params }) => {
        const { concert } = await findConcert(params);
        return { status: 200, body: { concert } };
      },
    }),
    endpoint({
      name: 'listSchedules',
      method: 'get',
      path: at('/api/concerts/:concertId/schedules', { concertId: ConcertId }),
      tag,
      summary: 'The same for whoever is not admitted: which date to wait for',
      access: policies.user,
      input: z.object({}),
      answers: { 200: { description: 'The dates', schema: BookableSchedules } },
      handle: async ({ params }) => bookableReply((await findConcert(params)).concertId),
    }),
    endpoint({
      name: 'listBookableSchedules',
      method: 'get',
      path: at('/api/concerts/:concertId/schedules/bookable', { concertId: ConcertId }),
      tag,
      summary:
        'Dates that this user may book now: those whose booking window is open, or which a presale sells',
      access: policies.admitted(findConcert),
      input: z.object({}),
      answers: { 200: { description: 'The dates', schema: BookableSchedules } },
      handle: async ({ caller: { userId }, params: { concertId } }) =>
        bookableReply(concertId, datesOf(await passes.of(concertId, userId))),
    }),
  ];
}

/** @throws Problem SCHEDULE_NOT_FOUND */
export function scheduleFinder(
  catalog: SeatCatalog,
): Find<{ scheduleId: string }, OfConcert & { entry: CatalogEntry }> {
  return async ({ scheduleId }) => {
    const entry = await catalog.find(scheduleId);
    if (entry === null) throw notFound(ScheduleId);
    return { concertId: entry.schedule.concertId, entry };
  };
}

/** By counts alone: reading the state of every seat of every open date would be too much for one request. */
async function bookableView({ seatMap, catalog }: ConcertRoutesParts, schedule: ScheduleFacts) {
  const [entry, available] = await Promise.all([catalog.find(schedule.id), seatMap.available(schedule.id)]);
  // Seats of a show that was called off are nobody's, and cannot be had.
  const left = schedule.cancelledAt === null ? (available ?? 0) : 0;
  return { ...scheduleView(schedule), seats: { total: entry?.seatCount ?? 0, available: left } };
}

export function scheduleView(schedule: ScheduleFacts) {
  const { id, concertId, bookingStartAt, bookingEndAt, startAt, endAt, stopped, cancelledAt } = schedule;
  return {
    id,
    concertId,
    bookingStartAt: bookingStartAt.toISOString(),
    bookingEndAt: bookingEndAt.toISOString(),
    startAt: startAt.toISOString(),
    endAt: endAt.toISOString(),
    stopped,
    cancelledAt: cancelledAt?.toISOString() ?? null,
  };
}

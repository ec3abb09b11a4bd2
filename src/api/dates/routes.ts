import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import type { ConcertStore } from '../../models/concert-store';
import type { DateSearch, SetDate } from '../../models/date-search';
import type { Policies } from '../access';
import { scheduleView } from '../concerts/routes';
import { ConcertView } from '../concerts/schema';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ConcertId, notFound, ScheduleId } from '../path';
import { pageOf } from '../schemas';
import { ConcertsQuery, ListedConcerts, LiveBookingsView, SetDateView } from './schema';

export interface DateRoutesParts {
  policies: Policies;
  concerts: Pick<ConcertStore, 'find'>;
  dates: DateSearch;
}

/** Concerts and dates as the desk lists them: all of them, whether they are on sale or not. */
export function dateRoutes({ policies, concerts, dates }: DateRoutesParts): Endpoint[] {
  const tag = 'Operators';
  const access = policies.staff('support');
  return [
    endpoint({
      name: 'searchConcerts',
      method: 'get',
      path: at('/api/admin/concerts', {}),
      tag,
      summary: 'Concerts by their id or a part of their title, newest first',
      access,
      input: z.object({ query: ConcertsQuery }),
      answers: { 200: { description: 'A page', schema: ListedConcerts } },
      handle: async ({ input: { query } }) => {
        const before = query.cursor ?? null;
        const isKnown = before === null || isDatabaseId(before);
        const rows = isKnown ? await dates.concerts(query.q, query.limit + 1, before) : [];
        const { page, nextCursor } = pageOf(rows, query.limit, ({ id }) => id);
        const views = page.map((each) => ({ ...each, nextStartAt: each.nextStartAt?.toISOString() ?? null }));
        return { status: 200, body: { concerts: views, nextCursor } };
      },
    }),
    endpoint({
      name: 'listDates',
      method: 'get',
      path: at('/api/admin/concerts/:concertId/schedules', { concertId: ConcertId }),
      tag,
      summary: 'All dates of a concert, the first show first',
      access,
      input: z.object({}),
      answers: {
        200: {
          description: 'Past ones and those called off as well',
          schema: z.object({ concert: ConcertView, schedules: z.array(SetDateView) }),
        },
      },
      handle: async ({ params: { concertId } }) => {
        const concert = await concerts.find(concertId);
        if (concert === null) throw notFound(ConcertId);
        const schedules = (await dates.ofConcert(concertId)).map(dateView);
        return { status: 200, body: { concert, schedules } };
      },
    }),
    endpoint({
      name: 'getDate',
      method: 'get',
      path: at('/api/admin/schedules/:scheduleId', { scheduleId: ScheduleId }),
      tag,
      summary: 'One date, with what has a claim on its seats now',
      access,
      input: z.object({}),
      answers: {
        200: {
          description: 'The date',
          schema: z.object({ concert: ConcertView, schedule: SetDateView, live: LiveBookingsView }),
        },
      },
      handle: async ({ params: { scheduleId } }) => {
        const found = await dates.find(scheduleId);
        const concert = found === null ? null : await concerts.find(found.concertId);
        if (found === null || concert === null) throw notFound(ScheduleId);
        const live = await dates.live(scheduleId);
        return { status: 200, body: { concert, schedule: dateView(found), live } };
      },
    }),
  ];
}

function dateView(date: SetDate) {
  const { singleSeats, offerTtlSeconds, seats, cancelReason } = date;
  return { ...scheduleView(date), singleSeats, offerTtlSeconds, seats, cancelReason };
}

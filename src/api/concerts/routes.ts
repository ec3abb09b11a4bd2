import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import { Problem } from '../../lib/problems';
import type { ConcertFacts, ConcertStore } from '../../models/concert-store';
import type { ScheduleFacts, ScheduleStore } from '../../models/schedule-store';
import type { Catalog, SeatCatalog } from '../../models/seat-catalog';
import type { SeatMap } from '../../seat-map/seat-map';
import type { ConcertOf, Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { pageOf } from '../schemas';
import { createSeatMapBodies } from './seat-map-body';
import { BookableSchedules, ConcertList, ConcertView, ListQuery, SeatMapView, SeatsQuery } from './schema';

export interface ConcertRoutesParts {
  policies: Policies;
  concerts: ConcertStore;
  schedules: ScheduleStore;
  catalog: SeatCatalog;
  seatMap: SeatMap;
}

export function concertRoutes(parts: ConcertRoutesParts): Endpoint[] {
  const { policies, concerts, schedules, catalog, seatMap } = parts;
  const tag = 'Concerts';
  const bodies = createSeatMapBodies();
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
        const views = await Promise.all(open.map(async (schedule) => bookableView(seatMap, schedule)));
        return { status: 200, body: { schedules: views } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/concerts/schedules/:scheduleId/seats',
      tag,
      summary: 'The seat map: send its ETag as If-None-Match to be told 304 when nothing has changed',
      access: policies.admitted(concertOfSchedule(catalog)),
      input: z.object({ query: SeatsQuery }),
      headers: { 'If-None-Match': 'The ETag of the map you have' },
      answers: {
        200: { description: 'The map', schema: SeatMapView },
        304: { description: 'Unchanged', schema: null },
      },
      problems: ['SCHEDULE_NOT_FOUND'],
      handle: async ({ ctx, params: { scheduleId = '' }, input: { query } }) => {
        const onlyAvailable = query.status === 'available';
        const sent = ctx.get('if-none-match');
        if (sent !== '') {
          const version = await seatMap.version(scheduleId);
          const etag = etagOf(scheduleId, version ?? 0, onlyAvailable);
          if (matches(sent, etag)) return { status: 304, headers: { ETag: etag, ...REVALIDATE } };
        }
        const found = await catalog.find(scheduleId);
        const states = await seatMap.read(scheduleId);
        if (found === null || states === null) throw scheduleNotFound();
        return {
          status: 200,
          body: bodies.of(found, states, onlyAvailable),
          headers: {
            'Content-Type': 'application/json; charset=utf-8',
            ETag: etagOf(scheduleId, states.version, onlyAvailable),
            ...REVALIDATE,
          },
        };
      },
    }),
  ];
}

// Seats change all the time: a cache may keep the map but must ask before each use.
const REVALIDATE = { 'Cache-Control': 'private, no-cache' };

const etagOf = (scheduleId: string, version: number, onlyAvailable: boolean): string =>
  `"${scheduleId}.${version}${onlyAvailable ? '.available' : ''}"`;

function matches(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch
    .split(',')
    .some((sent) => sent.trim() === '*' || sent.trim().replace(/^W\//, '') === etag);
}

async function findConcert(concerts: ConcertStore, id: string): Promise<ConcertFacts> {
  const concert = isDatabaseId(id) ? await concerts.find(id) : null;
  if (concert === null) throw new Problem('CONCERT_NOT_FOUND', 'There is no such concert.');
  return concert;
}

/** @throws Problem SCHEDULE_NOT_FOUND */
export async function findSchedule(catalog: SeatCatalog, id: string): Promise<Catalog> {
  const found = isDatabaseId(id) ? await catalog.find(id) : null;
  if (found === null) throw scheduleNotFound();
  return found;
}

export function concertOfSchedule(catalog: SeatCatalog): ConcertOf {
  return async ({ scheduleId = '' }) => (await findSchedule(catalog, scheduleId)).schedule.concertId;
}

const scheduleNotFound = (): Problem => new Problem('SCHEDULE_NOT_FOUND', 'There is no such date.');

async function bookableView(seatMap: SeatMap, schedule: ScheduleFacts) {
  const states = (await seatMap.read(schedule.id))?.states ?? '';
  let available = 0;
  for (const state of states) if (state === 'A') available += 1;
  return { ...scheduleView(schedule), seats: { total: states.length, available } };
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

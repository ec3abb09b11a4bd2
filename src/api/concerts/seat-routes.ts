import { z } from 'zod';
import type { SeatCatalog } from '../../models/seat-catalog';
import type { SeatMap, SeatStates } from '../../seat-map/seat-map';
import type { Policies } from '../access';
import { codingFor } from '../compression';
import { type Context, endpoint, type Endpoint, type Reply } from '../endpoint';
import { hasEtag } from '../etag';
import { eventsOf, STREAM_HEADERS } from '../event-stream';
import { at, notFound, ScheduleId } from '../path';
import { scheduleFinder } from './routes';
import { SeatChangesView, SeatEventsQuery, SeatMapView, SeatRunsView, SeatsQuery } from './schema';
import { type BodyName, changesView, createSeatMapBodies } from './seat-map-body';
import type { SeatStreams } from './seat-streams';

export interface SeatRoutesParts {
  policies: Policies;
  catalog: SeatCatalog;
  seatMap: SeatMap;
  seatStreams: SeatStreams;
}

/** The seat map of one date: whole, what has changed, and as a stream. */
export function seatRoutes({ policies, catalog, seatMap, seatStreams }: SeatRoutesParts): Endpoint[] {
  const tag = 'Concerts';
  const bodies = createSeatMapBodies();
  const findSchedule = scheduleFinder(catalog);
  const access = policies.admitted(findSchedule);
  const make = async (name: BodyName, states: SeatStates): Promise<Buffer> =>
    bodies.make(name, states, async () => catalog.hall(name.scheduleId));

  async function wholeMap(ctx: Context, name: BodyName): Promise<Reply> {
    const version = await seatMap.version(name.scheduleId);
    if (version === null) throw notFound(ScheduleId);
    if (hasEtag(ctx, etagOf(name, version))) return unchanged(name, version);
    const kept = bodies.kept(name, version);
    if (kept !== undefined) return mapReply(name, version, await kept);
    const states = await seatMap.read(name.scheduleId);
    if (states === null) throw notFound(ScheduleId);
    return mapReply(name, states.version, await make(name, states));
  }

  async function seatsReply(
    ctx: Context,
    scheduleId: string,
    query: z.output<typeof SeatsQuery>,
  ): Promise<Reply> {
    const name = {
      scheduleId,
      onlyAvailable: query.status === 'available',
      byRuns: query.form === 'runs',
      coding: codingFor(ctx),
    };
    const changes = query.since === undefined ? null : await seatMap.changes(scheduleId, query.since);
    if (changes === null) return wholeMap(ctx, name);
    if (hasEtag(ctx, etagOf(name, changes.version))) return unchanged(name, changes.version);
    return {
      status: 200,
      body: changesView(scheduleId, changes),
      headers: validators(name, changes.version),
    };
  }

  const seatsEndpoint = {
    method: 'get' as const,
    input: z.object({ query: SeatsQuery }),
    headers: { 'If-None-Match': 'The ETag of the map you have' },
    answers: {
      200: {
        description: 'The map; with `since`, what has changed, or the map where that is not known',
        schema: z.union([SeatMapView, SeatRunsView, SeatChangesView]),
        headers: ['ETag' as const, 'Cache-Control' as const],
      },
      304: { description: 'Unchanged', schema: null, headers: ['ETag' as const, 'Cache-Control' as const] },
    },
  };

  return [
    endpoint({
      ...seatsEndpoint,
      name: 'getSeatsAtDesk',
      path: at('/api/admin/schedules/:scheduleId/seats', { scheduleId: ScheduleId }),
      tag: 'Operators',
      summary: 'The same seat map, of any date, for who sells them and stands in no queue',
      access: policies.staff('support'),
      handle: async ({ ctx, caller: { userId }, params, input: { query } }) => {
        await findSchedule(params, userId);
        return seatsReply(ctx, params.scheduleId, query);
      },
    }),
    endpoint({
      ...seatsEndpoint,
      name: 'getSeats',
      path: at('/api/concerts/schedules/:scheduleId/seats', { scheduleId: ScheduleId }),
      tag,
      summary: 'The seat map, or what has changed: with its ETag as If-None-Match, 304 when nothing has',
      access,
      handle: async ({ ctx, params: { scheduleId }, input: { query } }) => seatsReply(ctx, scheduleId, query),
    }),
    endpoint({
      name: 'followSeats',
      method: 'get',
      path: at('/api/concerts/schedules/:scheduleId/seats/events', { scheduleId: ScheduleId }),
      tag,
      summary:
        'The same as a stream: `event: seats` on connect (the map, or the changes since) and on changes',
      access,
      input: z.object({ query: SeatEventsQuery }),
      headers: { 'Last-Event-ID': 'The version that you have, where the query has no `since`' },
      answers: {
        200: eventsOf(
          'Each `event: seats` has a SeatMap or SeatChanges, as JSON, in its `data`',
          SEATS_EVENT,
        ),
      },
      handle: async ({ ctx, caller: { userId }, params, input: { query } }) => {
        const { scheduleId } = params;
        const stream = await seatStreams.open({
          scheduleId,
          userId,
          since: query.since ?? lastEventId(ctx),
          wholeMap: async (map) =>
            make({ scheduleId, onlyAvailable: false, byRuns: false, coding: null }, map),
          check: async () => {
            delete ctx.state.accessReading; // It was right when it was read: by now the token may have expired.
            return access.check(ctx, () => params);
          },
          cut: () => ctx.res.destroy(),
        });
        if (stream === null) throw notFound(ScheduleId);
        ctx.req.on('close', () => stream.destroy());
        return { status: 200, body: stream, headers: STREAM_HEADERS };
      },
    }),
  ];
}

const SEATS_EVENT =
  'event: seats\nid: 42\ndata: {"scheduleId":"17","version":42,"changed":[{"id":"17-42","status":"HELD"}]}\n\n';

function lastEventId(ctx: Context): number | null {
  const sent = ctx.get('last-event-id');
  return /^\d{1,15}$/.test(sent) ? Number(sent) : null;
}

/** Weak: one version is the same map in any coding. With `since`, the address is another one. */
const etagOf = ({ scheduleId, onlyAvailable, byRuns }: BodyName, version: number): string =>
  `W/"${scheduleId}.${version}${byRuns ? '.runs' : onlyAvailable ? '.available' : ''}"`;

// Seats change all the time: a cache may keep the map but must ask before each use.
const validators = (name: BodyName, version: number): Record<string, string> => ({
  ETag: etagOf(name, version),
  'Cache-Control': 'private, no-cache',
  Vary: 'Accept-Encoding',
});

const unchanged = (name: BodyName, version: number): Reply => ({
  status: 304,
  headers: validators(name, version),
});

function mapReply(name: BodyName, version: number, body: Buffer): Reply {
  const coding: Record<string, string> = name.coding === null ? {} : { 'Content-Encoding': name.coding };
  const type = { 'Content-Type': 'application/json; charset=utf-8' };
  return { status: 200, body, headers: { ...validators(name, version), ...type, ...coding } };
}

import { z } from 'zod';
import { CURVE_STEP_MS, type Curves } from '../../desk/curves';
import { type DeskBoard, DeskStateView } from '../../desk/state';
import { Problem } from '../../lib/problems';
import { remembered } from '../../lib/remembered';
import type { ConcertStore } from '../../models/concert-store';
import type { Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { eventsOf, STREAM_HEADERS } from '../event-stream';
import { at, ConcertId, notFound } from '../path';
import type { DeskStreams } from './desk-streams';
import { CurvesView } from './schema';

export interface DeskRoutesParts {
  policies: Policies;
  concerts: Pick<ConcertStore, 'find'>;
  board: Pick<DeskBoard, 'read'>;
  curves: Pick<Curves, 'read'>;
  deskStreams: DeskStreams;
}

const DESK_EVENT = 'event: desk\ndata: {"at":"2026-11-20T19:00:00.000Z","rooms":[…],…}\n\n';
// A burst of desks costs one read.
const SHARED = { forMs: 1000, most: 200 };

export function deskRoutes({ policies, concerts, board, curves, deskStreams }: DeskRoutesParts): Endpoint[] {
  const tag = "Operators' desk";
  const access = policies.staff('support');
  const readBoard = remembered(async () => board.read(), SHARED);
  const readCurves = remembered(async (concertId) => {
    const columns = await curves.read(concertId);
    // A concert without samples may be none at all.
    if (columns.at.length === 0 && (await concerts.find(concertId)) === null) return null;
    return columns;
  }, SHARED);
  return [
    endpoint({
      name: 'getDesk',
      method: 'get',
      path: at('/api/admin/desk', {}),
      tag,
      summary: 'How the sale stands: rooms, dates, commands, queues and workers, as sampled a moment ago',
      access,
      input: z.object({}),
      answers: {
        200: { description: 'The latest sample', schema: DeskStateView, headers: ['Cache-Control'] },
      },
      problems: ['UNAVAILABLE'],
      handle: async () => {
        const json = await readBoard('now');
        if (json === null) throw new Problem('UNAVAILABLE', 'No worker has sampled the sale of late.');
        return { status: 200, json, headers: { 'Cache-Control': 'no-store' } };
      },
    }),
    endpoint({
      name: 'followDesk',
      method: 'get',
      path: at('/api/admin/desk/events', {}),
      tag,
      summary: 'The same as a stream: all of it on connect, then what has changed',
      access,
      input: z.object({}),
      answers: {
        200: eventsOf(
          '`event: desk` has all, `event: changes` the rooms and parts that differ from what was told before, `event: trouble` what cannot be read and since when',
          DESK_EVENT,
        ),
      },
      problems: ['OVERLOADED'],
      handle: async ({ ctx, caller: { userId, tokenId, expiresAt } }) => {
        const stream = deskStreams.open({ userId, tokenId, tokenEndsMs: expiresAt.getTime() });
        ctx.req.on('close', () => stream.destroy());
        return { status: 200, body: stream, headers: STREAM_HEADERS };
      },
    }),
    endpoint({
      name: 'getCurves',
      method: 'get',
      path: at('/api/admin/concerts/:concertId/curves', { concertId: ConcertId }),
      tag,
      summary: 'The last hour of a concert, as lines to draw',
      access,
      input: z.object({}),
      answers: {
        200: { description: 'The samples, oldest first', schema: CurvesView, headers: ['Cache-Control'] },
      },
      handle: async ({ params: { concertId } }) => {
        const columns = await readCurves(concertId);
        if (columns === null) throw notFound(ConcertId);
        const body = { stepSeconds: CURVE_STEP_MS / 1000, ...columns };
        return { status: 200, body, headers: { 'Cache-Control': 'no-store' } };
      },
    }),
  ];
}

import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import type { DrawStore, PublicDraw } from '../../models/draw-store';
import { DRAW_ALGORITHM, pseudonymText } from '../../waiting-room/draw-order';
import type { Policies } from '../access';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ConcertId } from '../path';
import { pageOf } from '../schemas';
import { BeaconBody, DrawOrderView, DrawQuery, DrawView } from './draw-schema';

export interface DrawRoutesParts {
  policies: Policies;
  draws: DrawStore;
  logger: Logger;
}

/** What anybody can recompute a draw from. */
export function drawRoutes({ policies, draws, logger }: DrawRoutesParts): Endpoint[] {
  const tag = 'Draws';
  const find = async (concertId: string): Promise<PublicDraw> => {
    const draw = await draws.find(concertId);
    if (draw === null) throw noDraw();
    return draw;
  };
  return [
    endpoint({
      name: 'getDraw',
      method: 'get',
      path: at('/api/concerts/:concertId/draw', { concertId: ConcertId }),
      tag,
      summary: 'A draw: what is committed to before it, and after it all that its order depends on',
      access: policies.anybody,
      input: z.object({}),
      answers: { 200: { description: 'The draw', schema: DrawView } },
      problems: ['NO_DRAW'],
      handle: async ({ params: { concertId } }) => ({ status: 200, body: drawView(await find(concertId)) }),
    }),
    endpoint({
      name: 'getDrawOrder',
      method: 'get',
      path: at('/api/concerts/:concertId/draw/order', { concertId: ConcertId }),
      tag,
      summary: 'The drawn order, by pseudonyms: empty before the draw',
      access: policies.anybody,
      input: z.object({ query: DrawQuery }),
      answers: { 200: { description: 'A page', schema: DrawOrderView } },
      problems: ['NO_DRAW'],
      handle: async ({ params: { concertId }, input: { query } }) => {
        await find(concertId);
        const rows = await draws.order(concertId, query.cursor, query.limit + 1);
        const { page, nextCursor } = pageOf(rows, query.limit, ({ position }) => String(position));
        return {
          status: 200,
          body: { order: page.map((each) => pseudonymText(each.pseudonym)), nextCursor },
        };
      },
    }),
    endpoint({
      name: 'giveDrawBeacon',
      method: 'post',
      path: at('/api/admin/concerts/:concertId/draw/beacon', { concertId: ConcertId }),
      tag: 'Operators',
      summary: 'Promise a public value that the order of a draw will depend on, and give it once it is known',
      access: policies.operator,
      input: z.object({ body: BeaconBody }),
      answers: { 200: { description: 'The draw', schema: DrawView } },
      problems: ['NO_DRAW'],
      handle: async ({ ctx, caller, params: { concertId }, input: { body } }) => {
        const beacon = { source: body.source, value: body.value ?? null };
        const fault = await draws.giveBeacon(concertId, beacon, doneBy(ctx, caller));
        if (fault === 'NO_DRAW') throw noDraw();
        if (fault !== null) {
          const { part, message } = fault;
          throw new Problem('INVALID_REQUEST', `The beacon cannot be taken: ${part} ${message}.`, {
            members: { errors: [{ path: `body.${part}`, message }] },
          });
        }
        logger.info({ operatorId: caller.userId, concertId, ...body }, 'beacon of a draw given');
        return { status: 200, body: drawView(await find(concertId)) };
      },
    }),
  ];
}

const noDraw = (): Problem => new Problem('NO_DRAW', 'There is no draw for this concert.');

const iso = (moment: Date | null): string | null => moment?.toISOString() ?? null;
const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;

function drawView(draw: PublicDraw): z.infer<typeof DrawView> {
  const { beaconSource, beaconPromisedAt } = draw;
  return {
    status: draw.drawnAt === null ? 'ANNOUNCED' : 'DRAWN',
    algorithm: DRAW_ALGORITHM,
    commitment: draw.commitment.toString('hex'),
    seed: hex(draw.seed),
    entrants: draw.entrants,
    entrantsHash: hex(draw.entrantsHash),
    beacon:
      beaconSource === null
        ? null
        : {
            source: beaconSource,
            promisedAt: iso(beaconPromisedAt),
            value: draw.beaconValue,
            givenAt: iso(draw.beaconGivenAt),
          },
    announcedAt: draw.announcedAt.toISOString(),
    closedAt: iso(draw.closedAt),
    drawnAt: iso(draw.drawnAt),
  };
}

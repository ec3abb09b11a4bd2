import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { TIMES } from '../../lib/times';
import type { ConcertStore } from '../../models/concert-store';
import { makeCodes } from '../../models/presale-codes';
import { PresaleConflictError, type PresaleFacts } from '../../models/presale-making';
import type { PresaleStore } from '../../models/presale-store';
import type { WaitingRoom } from '../../waiting-room';
import type { Policies } from '../access';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ConcertId, notFound } from '../path';
import { LARGEST_BODY_BYTES, PresaleBody, PresaleView } from './schema';

export interface PresaleRoutesParts {
  policies: Policies;
  concerts: Pick<ConcertStore, 'policy'>;
  presales: PresaleStore;
  room: Pick<WaitingRoom, 'setPolicy'>;
  logger: Logger;
}

const MADE_AT_ONCE = 500;

export function presaleRoutes({
  policies,
  concerts,
  presales,
  room,
  logger,
}: PresaleRoutesParts): Endpoint[] {
  const path = at('/api/admin/concerts/:concertId/presales', { concertId: ConcertId });
  const tag = 'Operators';
  return [
    endpoint({
      name: 'createPresale',
      method: 'post',
      path,
      tag,
      summary: 'Make a presale with its codes, which are told this once',
      access: policies.operator,
      input: z.object({ body: PresaleBody }),
      bodyBytes: LARGEST_BODY_BYTES,
      waitsMs: TIMES.longCallMs,
      answers: {
        201: {
          description: 'Made. Nobody can read the codes again: keep them',
          schema: z.object({ presale: PresaleView, codes: z.array(z.string()) }),
          headers: ['Cache-Control'],
        },
      },
      handle: async ({ ctx, caller, params: { concertId }, input: { body } }) => {
        const codes = 'list' in body.codes ? body.codes.list : await manyCodes(body.codes.count);
        const { name, startsAt, endsAt, scheduleIds = null, seatLimit = null } = body;
        const presale = await conflictsAt('body', async () =>
          presales.create(
            concertId,
            { name, startsAt, endsAt, scheduleIds, seatLimit, codes },
            doneBy(ctx, caller),
          ),
        );
        if (presale === null) throw notFound(ConcertId);
        // Those who wait are told at once, as by any change of the policy.
        const policy = await concerts.policy(concertId);
        if (policy !== null) await room.setPolicy(concertId, policy);
        const view = viewOf(presale);
        logger.info({ operatorId: caller.userId, presale: view }, 'presale made');
        return { status: 201, body: { presale: view, codes }, headers: { 'Cache-Control': 'no-store' } };
      },
    }),
    endpoint({
      name: 'listPresales',
      method: 'get',
      path,
      tag,
      summary: 'The presales of a concert, without their codes',
      access: policies.operator,
      input: z.object({}),
      answers: {
        200: { description: 'By their start', schema: z.object({ presales: z.array(PresaleView) }) },
      },
      handle: async ({ params: { concertId } }) => {
        if ((await concerts.policy(concertId)) === null) throw notFound(ConcertId);
        return { status: 200, body: { presales: (await presales.list(concertId)).map(viewOf) } };
      },
    }),
  ];
}

/** In parts: others have requests under way in this process. */
async function manyCodes(count: number): Promise<string[]> {
  const codes: string[] = [];
  while (codes.length < count) {
    codes.push(...makeCodes(Math.min(MADE_AT_ONCE, count - codes.length)));
    await nextTurn();
  }
  return codes;
}

/** What contradicts a presale is refused like any other input: with where it stands and what is wrong. */
export async function conflictsAt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PresaleConflictError)) throw error;
    const { part, fault } = error;
    throw new Problem('INVALID_REQUEST', `This cannot be: ${error.message}.`, {
      members: { errors: [{ path: `${path}.${part}`, message: fault }] },
    });
  }
}

function viewOf({ codes, startsAt, endsAt, ...presale }: PresaleFacts): z.infer<typeof PresaleView> {
  return { ...presale, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), count: codes };
}

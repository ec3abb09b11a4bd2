import { z } from 'zod';
import { LARGEST_CHARGE } from '../../booking/charge';
import type { PointStore } from '../../models/point-store';
import type { Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { at } from '../path';
import { IDEMPOTENCY_HEADER, idempotencyOf, REPLAYED } from '../idempotency';
import { Moment, NextCursor, pageOf, PageQuery } from '../schemas';
import { presentEntry } from './presenter';

export interface PointRoutesParts {
  policies: Policies;
  points: PointStore;
}

const ChargeBody = z
  .object({ amount: z.int().min(1).max(LARGEST_CHARGE) })
  .meta({ examples: [{ amount: 5000 }] });
const Balance = z.int().meta({ description: 'Whole points' });
export const PointEntry = z
  .object({
    id: z.string(),
    amount: z.int().meta({ description: 'Signed: what is spent is negative' }),
    balanceAfter: z.int(),
    type: z.enum(['CHARGE', 'USE', 'REFUND']),
    bookingId: z.string().nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'PointEntry' });

export function pointRoutes({ policies, points }: PointRoutesParts): Endpoint[] {
  const tag = 'Points';
  return [
    endpoint({
      name: 'getBalance',
      method: 'get',
      path: at('/api/points', {}),
      tag,
      summary: 'My balance',
      access: policies.user,
      input: z.object({}),
      answers: { 200: { description: 'The balance', schema: z.object({ balance: Balance }) } },
      handle: async ({ caller }) => ({ status: 200, body: { balance: await points.balance(caller.userId) } }),
    }),
    endpoint({
      name: 'chargePoints',
      method: 'post',
      path: at('/api/points/charge', {}),
      tag,
      summary: 'Add points',
      access: policies.user,
      input: z.object({ body: ChargeBody }),
      headers: IDEMPOTENCY_HEADER,
      answers: {
        200: {
          description: 'Added',
          schema: z.object({ balance: Balance, entry: PointEntry }),
          headers: ['Idempotency-Replayed'],
        },
      },
      problems: ['IDEMPOTENCY_KEY_REUSED'],
      handle: async ({ ctx, caller, input: { body } }) => {
        const idempotency = idempotencyOf(ctx, body);
        const { balance, entry, replayed } = await points.charge(caller.userId, body.amount, idempotency);
        const charged = { balance, entry: presentEntry(entry) };
        return { status: 200, body: charged, headers: replayed ? REPLAYED : {} };
      },
    }),
    endpoint({
      name: 'listPointEntries',
      method: 'get',
      path: at('/api/points/history', {}),
      tag,
      summary: 'What came and went, newest first; the balance is the sum of all entries',
      access: policies.user,
      input: z.object({ query: PageQuery }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ entries: z.array(PointEntry), nextCursor: NextCursor }),
        },
      },
      handle: async ({ caller, input: { query } }) => {
        const before = Number(query.cursor ?? Number.NaN);
        if (query.cursor !== undefined && !Number.isSafeInteger(before)) {
          return { status: 200, body: { entries: [], nextCursor: null } };
        }
        const rows = await points.history(
          caller.userId,
          query.limit + 1,
          query.cursor === undefined ? null : before,
        );
        const { page, nextCursor } = pageOf(rows, query.limit, (entry) => entry.id);
        return { status: 200, body: { entries: page.map(presentEntry), nextCursor } };
      },
    }),
  ];
}

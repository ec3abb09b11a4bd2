import { z } from 'zod';
import { isUuid } from '../../lib/ids';
import { type FanStore, NEWEST } from '../../models/fan-store';
import type { PointStore } from '../../models/point-store';
import type { Page, PurchaseStore } from '../../models/purchase-store';
import type { WaitlistStore } from '../../models/waitlist-store';
import type { Policies } from '../access';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint } from '../endpoint';
import { at, notFound, UserId } from '../path';
import { presentEntry as presentPoints } from '../points/presenter';
import { presentPayment } from '../purchases/presenter';
import { pageOf, PageQuery } from '../schemas';
import { presentEntry } from '../waitlist/presenter';
import { presentBooking, presentCommand, presentFan, presentFanTicket, presentFound } from './presenter';
import { FanThings, FanView, FoundView, ListName, ListPage, SearchQuery } from './schema';

export interface FanRoutesParts {
  policies: Policies;
  fans: FanStore;
  purchases: Pick<PurchaseStore, 'payments'>;
  points: Pick<PointStore, 'balance' | 'history'>;
  waitlist: Pick<WaitlistStore, 'entries'>;
}

interface AnyPage {
  rows: { id: string }[];
  nextCursor: string | null;
}
type ReadPage = (userId: string, limit: number, cursor: string | null) => Promise<AnyPage>;

/** Whoever helps a fan sees what the fan sees, and what became of each wish. Each look is in the audit log. */
export function fanRoutes({ policies, fans, purchases, points, waitlist }: FanRoutesParts): Endpoint[] {
  const tag = 'Helping fans';
  const access = policies.staff('support');
  const lists = {
    bookings: pages(async (id, page) => (await fans.bookings(id, page)).map(presentBooking)),
    tickets: pages(async (id, page) => (await fans.tickets(id, page)).map(presentFanTicket)),
    payments: pages(async (id, page) => (await purchases.payments(id, page)).map(presentPayment)),
    points: pagesOfPoints(points),
    waitlist: pages(async (id, page) => (await waitlist.entries(id, page)).map(presentEntry)),
    commands: pages(async (id, page) => (await fans.commands(id, page)).map(presentCommand)),
  } satisfies Record<z.infer<typeof ListName>, ReadPage>;

  return [
    endpoint({
      name: 'searchFans',
      method: 'get',
      path: at('/api/admin/search', {}),
      tag,
      summary:
        'Somebody by e-mail, or whose a booking, a job or a ticket is; with the newest of what belongs to it',
      access,
      input: z.object({ query: SearchQuery }),
      answers: {
        200: { description: 'What was found, if anything', schema: FoundView, headers: ['Cache-Control'] },
      },
      handle: async ({ ctx, caller, input: { query } }) => {
        const found = await fans.search(query.q, doneBy(ctx, caller));
        return { status: 200, body: presentFound(found), headers: NOT_KEPT };
      },
    }),
    endpoint({
      name: 'getFan',
      method: 'get',
      path: at('/api/admin/users/:userId', { userId: UserId }),
      tag,
      summary: 'Somebody, with the newest of all that is theirs',
      access,
      input: z.object({}),
      answers: {
        200: {
          description: 'The fan',
          schema: z.object({ user: FanView, balance: z.int(), things: FanThings }),
          headers: ['Cache-Control'],
        },
      },
      handle: async ({ ctx, caller, params: { userId } }) => {
        const user = await fans.look(userId, doneBy(ctx, caller));
        if (user === null) throw notFound(UserId);
        const [balance, things] = await Promise.all([points.balance(userId), newestOf(lists, userId)]);
        return { status: 200, body: { user: presentFan(user), balance, things }, headers: NOT_KEPT };
      },
    }),
    endpoint({
      name: 'listOfFan',
      method: 'get',
      path: at('/api/admin/users/:userId/:list', { userId: UserId, list: ListName }),
      tag,
      summary: 'More of what is theirs, newest first',
      access,
      input: z.object({ query: PageQuery }),
      answers: { 200: { description: 'A page', schema: ListPage, headers: ['Cache-Control'] } },
      handle: async ({ ctx, caller, params: { userId, list }, input: { query } }) => {
        const user = await fans.look(userId, doneBy(ctx, caller));
        if (user === null) throw notFound(UserId);
        const body = await lists[list](userId, query.limit, query.cursor ?? null);
        return { status: 200, body, headers: NOT_KEPT };
      },
    }),
  ];
}

/** Somebody's things are for nobody who has the browser next. */
const NOT_KEPT = { 'Cache-Control': 'no-store' };

async function newestOf(lists: Record<string, ReadPage>, userId: string): Promise<Record<string, AnyPage>> {
  const read = Object.entries(lists).map(
    async ([name, list]) => [name, await list(userId, NEWEST, null)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** A cursor that this service cannot have given stands behind everything. */
const pages =
  (read: (userId: string, page: Page) => Promise<{ id: string }[]>): ReadPage =>
  async (userId, limit, cursor) => {
    if (cursor !== null && !isUuid(cursor)) return { rows: [], nextCursor: null };
    return pageFrom(await read(userId, { limit: limit + 1, before: cursor }), limit);
  };

const pagesOfPoints =
  (points: Pick<PointStore, 'history'>): ReadPage =>
  async (userId, limit, cursor) => {
    const before = cursor === null ? null : Number(cursor);
    if (before !== null && !Number.isSafeInteger(before)) return { rows: [], nextCursor: null };
    return pageFrom((await points.history(userId, limit + 1, before)).map(presentPoints), limit);
  };

function pageFrom(found: { id: string }[], limit: number): AnyPage {
  const { page, nextCursor } = pageOf(found, limit, ({ id }) => id);
  return { rows: page, nextCursor };
}

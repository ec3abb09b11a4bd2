import { createHash } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { KoaAdapter } from '@bull-board/koa';
import Koa, { type Middleware } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import { LRUCache } from 'lru-cache';
import type { Sequelize } from 'sequelize';
import { inTransaction } from '../../lib/database';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { repeat } from '../../lib/repeat';
import type { Bell } from '../../jobs/queues/bell';
import { CLOCK_NAMES, scheduleIdOf } from '../../jobs/queues/names';
import type { Queues, ScheduleQueue } from '../../jobs/queues/queues';
import type { AccountStore } from '../../models/account-store';
import { writeAudit } from '../../models/audit-log';
import type { ScheduleSearch } from '../../models/schedule-search';
import type { SeatCatalog } from '../../models/seat-catalog';
import type { HeldRoles } from '../accounts/held-roles';
import type { Passwords } from '../accounts/passwords';
import type { Context, RequestState } from '../endpoint';
import { boardPage, noEditing } from './board-page';
import { createQueueTitles, DateQueueAdapter } from './board-queues';
import { findPage } from './find-page';
import { ListedQueues } from './listed-queues';

const DASHBOARD_PATH = '/admin/queues';

export interface QueueDashboardParts {
  database: Sequelize;
  queues: Queues;
  bell: Bell;
  search: ScheduleSearch;
  catalog: Pick<SeatCatalog, 'find'>;
  accounts: Pick<AccountStore, 'findByEmail'>;
  roles: HeldRoles;
  passwords: Passwords;
  readOnly: boolean;
  logger: Logger;
}

export interface QueueDashboard {
  /** Sign-in, then the dashboard: mounted as one, so that whatever reaches the one has passed the other. */
  middleware: Middleware<RequestState>;
  close(): Promise<void>;
}

const REFRESH_MS = 2000;
// The dashboard asks every few seconds, each time with the password, and checking one is slow on purpose.
const SIGNED_IN_MS = 60_000;
const FIND = '/find';
const LONGEST_NOTED = 200;

/** Bull Board for operators, over the queues that repeat, those with work, and any that is looked for. */
export function createQueueDashboard(parts: QueueDashboardParts): QueueDashboard {
  const { queues, bell, readOnly, logger } = parts;
  const serverAdapter = new KoaAdapter();
  serverAdapter.setBasePath(DASHBOARD_PATH);
  const bullBoard = createBullBoard({
    queues: CLOCK_NAMES.map((name) => new BullMQAdapter(queues.clock(name), { readOnlyMode: readOnly })),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'frontrow',
        pollingInterval: { showSetting: true, forceInterval: 5 },
        showWorkers: false,
        miscLinks: [
          { text: "Find a date's queue", url: `${DASHBOARD_PATH}${FIND}` },
          { text: "The operators' desk", url: '/admin/' },
        ],
      },
    },
  });
  const titles = createQueueTitles(parts.catalog);
  const adapterOf = (queue: ScheduleQueue) =>
    new DateQueueAdapter(queue, { readOnly, title: () => titles.of(scheduleIdOf(queue.name) ?? '') });
  const listed = new ListedQueues({ queues, bell, titles, list: bullBoard, adapterOf });
  const stop = repeat(
    REFRESH_MS,
    async () => listed.refresh(),
    (error) => logger.warn({ err: error }, 'the dashboard cannot list the queues: will try again'),
  );
  const guarded = new Koa<RequestState>()
    .use(ownPagesOnly)
    .use(signIn(parts))
    .use(mount(FIND, findPage(parts.search, DASHBOARD_PATH)))
    .use(listing(listed, bell))
    .use(noEditing)
    .use(noted(parts))
    .use(helmet({ contentSecurityPolicy: false }))
    .use(boardPage)
    .use(serverAdapter.registerPlugin({ mount: '/' }));
  return { middleware: mount(DASHBOARD_PATH, guarded), close: stop };
}

/** A browser sends an operator's sign-in along with whatever a foreign page makes it send. */
const ownPagesOnly: Middleware<RequestState> = async (ctx, next) => {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD' && !isOfOwnPage(ctx)) {
    throw new Problem('FORBIDDEN', 'The dashboard changes things for its own pages only.');
  }
  await next();
};

/** Browsers say so by Sec-Fetch-Site, but not without TLS; by their Origin always. Without either it is no browser. */
function isOfOwnPage(ctx: Context): boolean {
  const site = ctx.get('sec-fetch-site');
  if (site !== '') return site === 'same-origin' || site === 'none';
  const origin = ctx.get('origin');
  return origin === '' || (URL.canParse(origin) && new URL(origin).host === ctx.get('host'));
}

/** What is asked for by name is listed first; what an operator has put back to work, workers hear of. */
function listing(listed: ListedQueues, bell: Bell): Middleware<RequestState> {
  return async (ctx, next) => {
    const named = await listed.named(ctx.url);
    await next();
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return;
    const touched = named === null ? listed.scheduleIds : [named];
    await Promise.all(touched.map(async (scheduleId) => bell.ring(scheduleId)));
  };
}

/** What an operator asks a queue to do, before it is done: Redis keeps no log with it. A dashboard that only reads refuses it all. */
function noted({ database, readOnly }: QueueDashboardParts): Middleware<RequestState> {
  return async (ctx, next) => {
    if (!readOnly && ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      const { userId = null, requestId } = ctx.state;
      const queue = /^\/api\/queues\/([\w-]+)\/./i.exec(ctx.path)?.[1];
      const scheduleId = scheduleIdOf(queue ?? '');
      const subject = scheduleId === null ? `queue:${queue ?? 'all'}` : `schedule:${scheduleId}`;
      const after = { method: ctx.method, path: ctx.path.slice(0, LONGEST_NOTED) };
      const entry = { userId, requestId, action: 'board.change', subject, after };
      await inTransaction(database, async (transaction) => writeAudit(database, entry, transaction));
    }
    await next();
  };
}

/** HTTP Basic with an operator's email and password: checked now and then, and the role with every request. */
function signIn({ accounts, passwords, roles }: QueueDashboardParts): Middleware<RequestState> {
  const known = new LRUCache<string, string>({ max: 100, ttl: SIGNED_IN_MS });

  /** @returns the user's id; null: no such operator, or another password */
  async function operatorOf(header: string): Promise<string | null> {
    const { email, password } = basicCredentials(header);
    const user = email === '' ? null : await accounts.findByEmail(email);
    const operator = user?.role === 'operator' ? user : null;
    const right = await passwords.matches(operator?.passwordHash ?? null, password);
    return right ? (operator?.id ?? null) : null;
  }

  return async (ctx, next) => {
    ctx.state.route = DASHBOARD_PATH;
    const header = ctx.get('authorization');
    const digest = createHash('sha256').update(header).digest('base64url');
    let userId = known.get(digest) ?? null;
    if (userId === null) {
      userId = await operatorOf(header);
      if (userId !== null) known.set(digest, userId);
    }
    if (userId === null || (await roles.of(userId)) !== 'operator') {
      throw new Problem('BAD_CREDENTIALS', "Sign in with an operator's email and password.", {
        headers: { 'WWW-Authenticate': 'Basic realm="frontrow operators", charset="UTF-8"' },
      });
    }
    ctx.state.userId = userId;
    await next();
  };
}

function basicCredentials(header: string): { email: string; password: string } {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(header)?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0
    ? { email: '', password: '' }
    : { email: text.slice(0, colon), password: text.slice(colon + 1) };
}

import { createHash } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { KoaAdapter } from '@bull-board/koa';
import Koa, { type Middleware } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { repeat } from '../../lib/repeat';
import type { Bell } from '../../jobs/queues/bell';
import { CLOCK_NAMES } from '../../jobs/queues/names';
import type { Queues, ScheduleQueue } from '../../jobs/queues/queues';
import type { AccountStore } from '../../models/account-store';
import type { ScheduleSearch } from '../../models/schedule-search';
import type { Passwords } from '../accounts/passwords';
import type { RequestState } from '../endpoint';
import { findPage } from './find-page';
import { ListedQueues } from './listed-queues';

const DASHBOARD_PATH = '/admin/queues';

export interface QueueDashboardParts {
  queues: Queues;
  bell: Bell;
  search: ScheduleSearch;
  accounts: Pick<AccountStore, 'findByEmail'>;
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

/** Bull Board for operators, over the queues that repeat, those with work, and any that is looked for. */
export function createQueueDashboard(parts: QueueDashboardParts): QueueDashboard {
  const { queues, bell, readOnly, logger } = parts;
  const serverAdapter = new KoaAdapter();
  serverAdapter.setBasePath(DASHBOARD_PATH);
  const bullBoard = createBullBoard({
    queues: CLOCK_NAMES.map((name) => queueAdapter(queues.clock(name), readOnly)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'frontrow',
        pollingInterval: { showSetting: true, forceInterval: 5 },
        showWorkers: false,
        miscLinks: [{ text: "Find a date's queue", url: `${DASHBOARD_PATH}${FIND}` }],
      },
    },
  });
  const adapterOf = (queue: ScheduleQueue) => queueAdapter(queue, readOnly);
  const listed = new ListedQueues({ queues, bell, list: bullBoard, adapterOf });
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
    // The dashboard's page brings scripts in its text: no policy that would be one allows them.
    .use(withoutPolicy)
    .use(helmet({ contentSecurityPolicy: false }))
    .use(serverAdapter.registerPlugin({ mount: '/' }));
  return { middleware: mount(DASHBOARD_PATH, guarded), close: stop };
}

/** A browser sends an operator's sign-in along with whatever a foreign page makes it send. */
const ownPagesOnly: Middleware<RequestState> = async (ctx, next) => {
  if (ctx.get('sec-fetch-site') === 'cross-site' && ctx.method !== 'GET' && ctx.method !== 'HEAD') {
    throw new Problem('FORBIDDEN', 'The dashboard changes things for its own pages only.');
  }
  await next();
};

/** What is asked for by name is listed first; what an operator has put back to work, workers hear of. */
function listing(listed: ListedQueues, bell: Bell): Middleware<RequestState> {
  return async (ctx, next) => {
    const named = listed.named(ctx.url);
    await next();
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return;
    const touched = named === null ? listed.scheduleIds : [named];
    await Promise.all(touched.map(async (scheduleId) => bell.ring(scheduleId)));
  };
}

function queueAdapter(
  queue: ConstructorParameters<typeof BullMQAdapter>[0],
  readOnly: boolean,
): BullMQAdapter {
  return new BullMQAdapter(queue, { readOnlyMode: readOnly });
}

const withoutPolicy: Middleware<RequestState> = async (ctx, next) => {
  ctx.remove('Content-Security-Policy');
  await next();
};

/** HTTP Basic with an operator's email and password. */
function signIn({ accounts, passwords }: QueueDashboardParts): Middleware<RequestState> {
  const known = new LRUCache<string, true>({ max: 100, ttl: SIGNED_IN_MS });
  return async (ctx, next) => {
    ctx.state.route = DASHBOARD_PATH;
    const header = ctx.get('authorization');
    const digest = createHash('sha256').update(header).digest('base64url');
    if (!known.has(digest)) {
      const { email, password } = basicCredentials(header);
      const user = email === '' ? null : await accounts.findByEmail(email);
      const operator = user?.role === 'operator' ? user : null;
      if (!(await passwords.matches(operator?.passwordHash ?? null, password))) {
        throw new Problem('BAD_CREDENTIALS', "Sign in with an operator's email and password.", {
          headers: { 'WWW-Authenticate': 'Basic realm="frontrow operators", charset="UTF-8"' },
        });
      }
      known.set(digest, true);
    }
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

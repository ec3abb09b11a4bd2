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
import type { Queues } from '../../jobs/queues/queues';
import type { AccountStore } from '../../models/account-store';
import type { ScheduleStore } from '../../models/schedule-store';
import type { Passwords } from '../accounts/passwords';
import type { RequestState } from '../endpoint';

const DASHBOARD_PATH = '/admin/queues';

export interface QueueDashboardParts {
  queues: Queues;
  schedules: Pick<ScheduleStore, 'inUse'>;
  accounts: Pick<AccountStore, 'findByEmail'>;
  passwords: Passwords;
  readOnly: boolean;
  logger: Logger;
}

export interface QueueDashboard {
  /** Sign-in, then the dashboard: mounted as one, so that whatever reaches the one has passed the other. */
  middleware: Middleware<RequestState>;
  /** Shows the queues that exist now. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const REFRESH_MS = 5000;
// The dashboard asks every few seconds, each time with the password, which takes 20 ms of a core to check.
const SIGNED_IN_MS = 60_000;

/** Bull Board over every queue there is, for operators. */
export function createQueueDashboard(parts: QueueDashboardParts): QueueDashboard {
  const serverAdapter = new KoaAdapter();
  serverAdapter.setBasePath(DASHBOARD_PATH);
  const shown = new Set<string>();
  const adapterOf = (queue: Parameters<typeof queueAdapter>[0]) => queueAdapter(queue, parts.readOnly);
  const bullBoard = createBullBoard({
    queues: [
      adapterOf(parts.queues.clock('admission')),
      adapterOf(parts.queues.clock('due')),
      adapterOf(parts.queues.clock('upkeep')),
    ],
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'frontrow',
        pollingInterval: { showSetting: true, forceInterval: 5 },
        showWorkers: false,
      },
    },
  });

  async function refresh(): Promise<void> {
    const inUse = new Set(await parts.schedules.inUse());
    for (const scheduleId of shown) {
      if (inUse.has(scheduleId)) continue;
      shown.delete(scheduleId);
      bullBoard.removeQueue(parts.queues.schedule(scheduleId).name);
    }
    for (const scheduleId of inUse) {
      if (shown.has(scheduleId)) continue;
      shown.add(scheduleId);
      bullBoard.addQueue(adapterOf(parts.queues.schedule(scheduleId)));
    }
    await parts.queues.keepOnly([...inUse]);
  }

  const stop = repeat(REFRESH_MS, refresh, (error) =>
    parts.logger.warn({ err: error }, 'the dashboard cannot list the queues: will try again'),
  );
  const guarded = new Koa<RequestState>()
    .use(signIn(parts))
    // The dashboard's page brings scripts in its text: no policy that would be one allows them.
    .use(withoutPolicy)
    .use(helmet({ contentSecurityPolicy: false }))
    .use(serverAdapter.registerPlugin({ mount: '/' }));
  return { middleware: mount(DASHBOARD_PATH, guarded), refresh, close: stop };
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

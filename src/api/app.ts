import Koa, { type Middleware } from 'koa';
import type { RedisClient } from '../lib/redis';
import type { Readiness } from '../lib/health';
import type { Logger } from '../lib/logger';
import type { Metrics } from '../lib/metrics';
import type { MetricsPage } from '../lib/metrics-page';
import type { Settings } from '../lib/settings';
import type { Policies } from './access';
import type { QueueDashboard } from './operators/queue-dashboard';
import { clientAddress } from './client-address';
import { waitMsOf } from './commands/job-answers';
import type { Context, Endpoint, RequestState } from './endpoint';
import { compressAnswers } from './middleware/compress';
import { entrance } from './middleware/entrance';
import { fromMemory } from './middleware/from-memory';
import { observe } from './middleware/observe';
import { answerFaults, problems } from './middleware/problems';
import { rateLimit } from './middleware/rate-limit';
import { openApiOf } from './openapi';
import { createPages, pagesOfOtherBuilds } from './pages';
import { serveEndpoints } from './router';

export interface AppParts {
  endpoints: readonly Endpoint[];
  policies: Policies;
  dashboard: QueueDashboard;
  readiness: Readiness;
  /** null: /metrics is not served. */
  metricsPage: MetricsPage | null;
  redis: RedisClient;
  metrics: Metrics;
  logger: Logger;
  limits: Pick<Settings, 'rateLimitPerMinute' | 'rateLimitAddressFactor'>;
  addressOf: (ctx: Context) => string;
}

/**
 * The whole HTTP side, apart from listening. What stands before the limit is reached by its exact path alone; everything
 * else, however it is spelled and whether it exists or not, goes through the limit first.
 */
export function createApp(parts: AppParts): Koa<RequestState> {
  const { metrics, logger } = parts;
  const app = new Koa<RequestState>();
  answerFaults(app, logger);

  app.use(observe(metrics, logger));
  app.use(compressAnswers);
  app.use(problems(logger));
  app.use(entrance); // Within problems(): it refuses, too. Those outside look at what it has set afterwards.
  const pages = createPages();
  app.use(byExactPath(new Map([...pages, ...serviceRoutes(parts)])));
  app.use(pagesOfOtherBuilds(pages));
  if (parts.limits.rateLimitPerMinute > 0) app.use(limit(parts));
  serveEndpoints(app, parts.endpoints, waitMsOf);
  app.use(parts.dashboard.middleware);
  return app;
}

/** The pages and the service's own routes. Not limited: one page is many files, and monitoring asks at any time. */
function byExactPath(routes: ReadonlyMap<string, Middleware<RequestState>>): Middleware<RequestState> {
  return async (ctx, next) => {
    const route = ctx.method === 'GET' || ctx.method === 'HEAD' ? routes.get(ctx.path) : undefined;
    await (route === undefined ? next() : route(ctx, next));
  };
}

function limit({ endpoints, policies, redis, limits, addressOf }: AppParts): Middleware<RequestState> {
  // Who guesses passwords, or makes accounts, counts as an address also with a token of some account at hand.
  const openToAnybody = new Set(
    endpoints
      .filter(({ method, access }) => method === 'post' && access.needs === 'nothing')
      .map((endpoint) => endpoint.path.pattern),
  );
  return rateLimit({
    redis,
    perMinute: limits.rateLimitPerMinute,
    addressFactor: limits.rateLimitAddressFactor,
    userOf: (ctx) => (openToAnybody.has(ctx.path) ? null : policies.whoever(ctx)),
    addressOf,
  });
}

/** Where requests come from, as limits count it. */
export function addresses(proxies: number, logger: Logger): (ctx: Context) => string {
  let told = false;
  return (ctx) => {
    const forwardedFor = ctx.get('x-forwarded-for');
    if (proxies === 0 && forwardedFor !== '' && !told) {
      told = true;
      // Else a whole sale behind a load balancer would share one address' limit, and nobody would know why.
      logger.warn('X-Forwarded-For is passed over: if it is from a proxy of yours, set TRUST_PROXY');
    }
    return clientAddress(ctx.req.socket.remoteAddress ?? '', forwardedFor, proxies);
  };
}

/** What load balancers, monitoring and tools ask: never limited, and the figures alone may want a token. */
function serviceRoutes({
  endpoints,
  readiness,
  metricsPage,
}: AppParts): Map<string, Middleware<RequestState>> {
  const openApi = fromMemory({
    body: Buffer.from(JSON.stringify(openApiOf(endpoints))),
    type: 'application/json',
  });
  const answers: Record<string, Middleware<RequestState>> = {
    '/healthz': async (ctx) => {
      ctx.body = { status: 'ok' };
    },
    '/readyz': async (ctx) => {
      ctx.body = await readiness();
    },
    '/openapi.json': openApi,
  };
  if (metricsPage !== null) {
    answers['/metrics'] = async (ctx) => {
      const { type, text } = await metricsPage(ctx.get('authorization'));
      ctx.body = text;
      ctx.type = type;
    };
  }
  const routes = Object.entries(answers).map(([path, answer]): [string, Middleware<RequestState>] => [
    path,
    async (ctx, next) => {
      ctx.state.route = path;
      await answer(ctx, next);
    },
  ]);
  return new Map(routes);
}

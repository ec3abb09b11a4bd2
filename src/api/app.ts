import path from 'node:path';
import Koa from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import serve from 'koa-static';
import type { Redis } from 'ioredis';
import type { Logger } from '../lib/logger';
import type { Metrics } from '../lib/metrics';
import { Problem } from '../lib/problems';
import type { Policies } from './access';
import { BOARD_PATH, type Board } from './board';
import { waitMsOf } from './commands/replies';
import type { Context, Endpoint, RequestState } from './endpoint';
import type { Health } from './health';
import { compressAnswers, deliverPages } from './middleware/compress';
import { observe } from './middleware/observe';
import { problems } from './middleware/problems';
import { rateLimit } from './middleware/rate-limit';
import { requestId } from './middleware/request-id';
import { openApiOf } from './openapi';
import { createRouter } from './router';

export interface AppParts {
  endpoints: readonly Endpoint[];
  policies: Policies;
  board: Board;
  health: () => Promise<Health>;
  redis: Redis;
  metrics: Metrics;
  logger: Logger;
  rateLimitPerMinute: number;
  trustProxy: boolean;
}

/** The whole HTTP side, apart from listening. */
export function createApp(parts: AppParts): Koa<RequestState> {
  const { policies, board, redis, metrics, logger } = parts;
  const app = new Koa<RequestState>({ proxy: parts.trustProxy });
  const userOf = (ctx: Context): string | null => policies.whoever(ctx)?.userId ?? null;
  app.on('error', (error: unknown) => logger.debug({ err: error }, 'connection fault'));

  app.use(requestId);
  app.use(observe(metrics, logger));
  app.use(onlyAt(['/api/'], compressAnswers));
  app.use(problems(logger));
  app.use(apiHeaders);
  app.use(onlyAt(['/api/', BOARD_PATH], rateLimit(redis, parts.rateLimitPerMinute, userOf)));
  // Before everything that serves files: the busiest paths go through the fewest hands.
  const router = createRouter(parts.endpoints, waitMsOf);
  app.use(router.routes());
  app.use(router.allowedMethods());
  for (const middleware of deliverPages()) app.use(middleware);
  app.use(serviceRoutes(parts));
  for (const middleware of [...pages(), withoutPolicy, ...board.middleware]) app.use(middleware);
  return app;
}

function onlyAt(prefixes: string[], middleware: Koa.Middleware<RequestState>): Koa.Middleware<RequestState> {
  return async (ctx, next) => {
    if (prefixes.some((prefix) => ctx.path.startsWith(prefix))) await middleware(ctx, next);
    else await next();
  };
}

// All that helmet would send for answers that no browser renders; a dozen more would be a tenth of a poll's cost.
const API_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
};

const apiHeaders: Koa.Middleware<RequestState> = async (ctx, next) => {
  if (ctx.path.startsWith('/api/')) ctx.set(API_HEADERS);
  await next();
};

/** The dashboard's page brings scripts in its text, which the pages' policy forbids. */
const withoutPolicy: Koa.Middleware<RequestState> = async (ctx, next) => {
  ctx.remove('Content-Security-Policy');
  await next();
};

/** What load balancers, monitoring and tools ask: never limited, never behind a sign-in. */
function serviceRoutes({ endpoints, health, metrics }: AppParts): Koa.Middleware<RequestState> {
  const openApi = JSON.stringify(openApiOf(endpoints));
  return async (ctx, next) => {
    switch (ctx.method === 'GET' || ctx.method === 'HEAD' ? ctx.path : '') {
      case '/healthz':
        ctx.body = { status: 'ok' };
        break;
      case '/readyz': {
        const { ready, parts } = await health();
        if (!ready)
          throw new Problem('UNAVAILABLE', 'Not ready to serve: see parts.', { members: { parts } });
        ctx.body = { status: 'ready', parts };
        break;
      }
      case '/metrics':
        ctx.body = await metrics.registry.metrics();
        ctx.type = metrics.registry.contentType;
        break;
      case '/openapi.json':
        ctx.body = openApi;
        ctx.type = 'application/json';
        break;
      default:
        await next();
        return;
    }
    ctx.state.route = ctx.path;
  };
}

/** The demo page, and /docs with the files of Swagger UI. Not limited: one page is thirty files. */
function pages(): Koa.Middleware[] {
  const folder = path.resolve(__dirname, '../../public');
  const directives = {
    upgradeInsecureRequests: null,
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  };
  return [
    helmet({ contentSecurityPolicy: { directives } }),
    mount('/docs', serve(path.join(folder, 'docs'))),
    mount('/docs', serve(swaggerFolder(), { index: false, maxAge: 3_600_000 })),
    serve(folder),
  ];
}

const swaggerFolder = (): string => path.dirname(require.resolve('swagger-ui-dist/package.json'));

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
import type { Endpoint, RequestState } from './endpoint';
import type { Health } from './health';
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
  app.on('error', (error: unknown) => logger.debug({ err: error }, 'connection fault'));

  app.use(requestId);
  app.use(observe(metrics, logger));
  app.use(problems(logger));
  app.use(securityHeaders());
  app.use(serviceRoutes(parts));
  // Before the limits: one page is thirty files, and everybody behind one address would share the allowance.
  for (const files of pages()) app.use(files);
  app.use(rateLimit(redis, parts.rateLimitPerMinute, (ctx) => policies.whoever(ctx)?.userId ?? null));
  for (const middleware of board.middleware) app.use(middleware);
  const router = createRouter(parts.endpoints, waitMsOf);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

// All that helmet would send for answers that no browser renders; a dozen more would be a tenth of a poll's cost.
const API_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
};

/** The dashboard's page brings scripts in its text, which the strict policy of other pages forbids. */
function securityHeaders(): Koa.Middleware<RequestState> {
  const directives = {
    upgradeInsecureRequests: null,
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  };
  const strict = helmet({ contentSecurityPolicy: { directives } });
  const board = helmet({ contentSecurityPolicy: false });
  return async (ctx, next) => {
    if (ctx.path.startsWith('/api/')) {
      ctx.set(API_HEADERS);
      await next();
      return;
    }
    await (ctx.path.startsWith(BOARD_PATH) ? board : strict)(ctx, next);
  };
}

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

/** The demo page, and /docs with the files of Swagger UI. */
function pages(): Koa.Middleware[] {
  const folder = path.resolve(__dirname, '../../public');
  return [
    mount('/docs', serve(path.join(folder, 'docs'))),
    mount('/docs', serve(swaggerFolder(), { index: false, maxAge: 3_600_000 })),
    serve(folder),
  ];
}

const swaggerFolder = (): string => path.dirname(require.resolve('swagger-ui-dist/package.json'));

import { Router } from '@koa/router';
import type Koa from 'koa';
import { HttpMethodEnum, koaBody } from 'koa-body';
import { within } from '../lib/deadline';
import { Problem } from '../lib/problems';
import type { Context, Endpoint, RequestState } from './endpoint';
import { type Route, routeTable } from './route-table';
import { TIMES } from '../lib/times';

/** Puts the endpoints on their paths, each in one spelling: `/API/…` and `/api/…/` are other paths. */
export function serveEndpoints(
  app: Koa<RequestState>,
  endpoints: readonly Endpoint[],
  waitMsOf: (ctx: Context) => number,
): void {
  const routes = endpoints.map((endpoint) => routeOf(endpoint, waitMsOf));
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  for (const { method, pattern, handle } of routes) {
    router.register(pattern, [method], async (ctx) => handle(ctx, ctx.params));
  }
  app.use(routeTable(routes)).use(router.routes()).use(router.allowedMethods());
}

const { POST, PUT, PATCH, DELETE } = HttpMethodEnum;
const BODY_BYTES = 64 * 1024;

const bodyParser = (bodyBytes: number) =>
  koaBody({
    json: true,
    text: false,
    urlencoded: false,
    multipart: false,
    jsonLimit: bodyBytes,
    parsedMethods: [POST, PUT, PATCH, DELETE],
  });

function routeOf(endpoint: Endpoint, waitMsOf: (ctx: Context) => number): Route {
  const { pattern } = endpoint.path;
  const { waitsMs = 0, bodyBytes = BODY_BYTES } = endpoint;
  const parseBody = bodyParser(bodyBytes);
  return {
    method: endpoint.method.toUpperCase(),
    pattern,
    handle: (ctx, params) => {
      ctx.state.route = pattern;
      const served = endpoint.serve(ctx, params, () => bodyOf(ctx, parseBody));
      // Postgres or Redis may be away without refusing connections: a request is answered all the same.
      return within<void>(TIMES.requestDeadlineMs + Math.max(waitsMs, waitMsOf(ctx)), served, tooLate);
    },
  };
}

async function bodyOf(ctx: Context, parseBody: ReturnType<typeof bodyParser>): Promise<unknown> {
  if (ctx.request.length === 0) return undefined; // The schema says what is missing.
  refuseOtherMedia(ctx);
  await parseBody(ctx, async () => undefined);
  const body: unknown = ctx.request.body;
  return body;
}

/**
 * @throws Problem UNSUPPORTED_MEDIA_TYPE for a body that is not JSON (the parser would pass it over silently) or that is
 * compressed (a small one could unpack to a huge one, and a broken one fails in the unpacking)
 */
function refuseOtherMedia(ctx: Context): void {
  const coding = ctx.get('content-encoding');
  const isPlain = coding === '' || coding === 'identity';
  if (!isPlain || !/^(utf-?8)?$/i.test(ctx.request.charset) || ctx.is('json', '+json') === false) {
    throw new Problem(
      'UNSUPPORTED_MEDIA_TYPE',
      'Send the body as Content-Type: application/json, in UTF-8 and uncompressed.',
    );
  }
}

function tooLate(): never {
  throw new Problem('UNAVAILABLE', 'This takes too long at the moment. Try again.');
}

import type { Middleware } from 'koa';
import { randomUUID } from 'node:crypto';
import { Problem } from '../../lib/problems';
import type { Context, RequestState } from '../endpoint';

// What helmet would send that matters for answers no browser renders. Its other headers would make every poll dearer.
export const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
};

const SECURITY = Object.entries(SECURITY_HEADERS).flat();

// What is echoed into headers and logs must not be able to forge either.
const SANE = /^[\w.:-]{1,128}$/;

/**
 * What every request passes, as one layer, since each layer costs every request: it gets an id, the client's own when
 * that is a sane one, and its answer security headers; what a browser renders puts its own in their place.
 * @throws Problem INVALID_REQUEST without the Host that HTTP/1.1 demands: Node's own refusal has neither id nor document
 */
export const entrance: Middleware<RequestState> = async (ctx, next) => {
  const sent = ctx.get('x-request-id');
  ctx.state.requestId = SANE.test(sent) ? sent : randomUUID();
  const fields = ['X-Request-Id', ctx.state.requestId, ...SECURITY];
  // Endpoints mostly answer in one go, and take these along. All else that answers may want to change them.
  const isOfEndpoint = ctx.path.startsWith('/api/');
  if (isOfEndpoint) ctx.state.fields = fields;
  else setHeaders(ctx, fields);
  try {
    if (ctx.req.headers.host === undefined && ctx.req.httpVersion === '1.1')
      throw new Problem('INVALID_REQUEST', 'HTTP/1.1 asks for a Host header.');
    await next();
  } finally {
    if (isOfEndpoint && !ctx.res.headersSent) setHeaders(ctx, fields);
  }
};

function setHeaders({ res }: Context, fields: readonly string[]): void {
  for (let at = 0; at < fields.length; at += 2) res.setHeader(fields[at] ?? '', fields[at + 1] ?? '');
}

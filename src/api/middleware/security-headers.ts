import type { Middleware } from 'koa';
import type { RequestState } from '../endpoint';

// All that helmet would send for answers that no browser renders; a dozen more would be a tenth of a poll's cost.
export const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
};

/** On every answer, whoever gives it; what a browser renders puts its own in their place. */
export const securityHeaders: Middleware<RequestState> = async (ctx, next) => {
  ctx.set(SECURITY_HEADERS);
  await next();
};

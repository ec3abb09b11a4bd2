import type { Middleware } from 'koa';
import { randomUUID } from 'node:crypto';
import type { RequestState } from '../endpoint';

// What is echoed into headers and logs must not be able to forge either.
const SANE = /^[\w.:-]{1,128}$/;

/** Gives every request an id: the client's own when it is a sane one. */
export const requestId: Middleware<RequestState> = async (ctx, next) => {
  const sent = ctx.get('x-request-id');
  ctx.state.requestId = SANE.test(sent) ? sent : randomUUID();
  ctx.set('X-Request-Id', ctx.state.requestId);
  await next();
};

import type { Middleware } from 'koa';
import { Problem } from '../../lib/problems';
import type { RequestState } from '../endpoint';

/** HTTP/1.1 demands a Host. Node would refuse for us, but with an answer that has neither id nor problem document. */
export const requireHost: Middleware<RequestState> = async (ctx, next) => {
  if (ctx.req.headers.host === undefined && ctx.req.httpVersion === '1.1')
    throw new Problem('INVALID_REQUEST', 'HTTP/1.1 asks for a Host header.');
  await next();
};

import type { Middleware } from 'koa';
import { Problem } from '../../lib/problems';
import type { RequestState } from '../endpoint';

const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Fonts that the dashboard's page would fetch from elsewhere: who looks at a sale is nobody else's business. */
const FROM_ELSEWHERE = /<link\b[^>]*\bhref="(?:https?:)?\/\/[^>]*>/g;

/** The dashboard's own pages, asking nobody else for anything. */
export const boardPage: Middleware<RequestState> = async (ctx, next) => {
  await next();
  ctx.set('Content-Security-Policy', POLICY);
  if (ctx.response.is('html') && typeof ctx.body === 'string') {
    ctx.body = ctx.body.replaceAll(FROM_ELSEWHERE, '');
  }
};

// In any spelling: the dashboard's own router makes no difference between `A` and `a`.
const UPDATE_DATA = /\/update-data\/?$/i;

/** What is shown of a job leaves out whose it is: written back by the dashboard's editor it would take the place of the rest. */
export const noEditing: Middleware<RequestState> = async (ctx, next) => {
  if (ctx.method === 'PATCH' && UPDATE_DATA.test(ctx.path)) {
    throw new Problem(
      'FORBIDDEN',
      'The dashboard shows a part of what a job holds: it cannot be changed here.',
    );
  }
  await next();
};

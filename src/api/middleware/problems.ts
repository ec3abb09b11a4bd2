import { STATUS_CODES } from 'node:http';
import type Koa from 'koa';
import type { Middleware } from 'koa';
import { isDatabaseAway } from '../../lib/database-errors';
import type { Logger } from '../../lib/logger';
import { Problem, problemDocument } from '../../lib/problems';
import { isRedisAway } from '../../lib/redis';
import { RoomUnsettledError } from '../../waiting-room';
import type { Context, RequestState } from '../endpoint';

/** Turns whatever goes wrong below into application/problem+json. Only a Problem's own words reach the client. */
export function problems(logger: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status >= 400 && ctx.body === undefined) answer(ctx, unanswered(ctx));
    } catch (error) {
      answer(ctx, logged(problemOf(error), error, ctx, logger));
    }
  };
}

/**
 * Koa's own last answer takes every header back and writes plain text. It comes to that when a body cannot be sent after
 * all, such as a file that went away in between: that, too, keeps its id and its headers, and is a problem document.
 */
export function answerFaults(app: Koa<RequestState>, logger: Logger): void {
  Object.assign(app.context, {
    onerror(this: Context, error: unknown): void {
      if (error === null || error === undefined) return; // Koa calls it at the end of every answer.
      if (this.headerSent || !this.writable) {
        logger.debug({ err: error, requestId: this.state.requestId }, 'connection fault');
        return;
      }
      for (const name of OF_A_BODY) this.remove(name);
      const problem = logged(problemOf(error), error, this, logger);
      answer(this, problem);
      this.res.end(problemDocument(problem));
    },
  });
}

const OF_A_BODY = [
  'Content-Length',
  'Content-Encoding',
  'Transfer-Encoding',
  'ETag',
  'Last-Modified',
  'Cache-Control',
  'Content-Disposition',
];

/** Faults of ours with what really happened, which no client is told. */
function logged(problem: Problem, error: unknown, ctx: Context, logger: Logger): Problem {
  if (problem.status >= 500) {
    const cause = problem === error ? (problem.cause ?? problem) : error;
    logger.error({ err: cause, requestId: ctx.state.requestId, code: problem.code }, 'request failed');
  }
  return problem;
}

// A client that is told so tries again; whoever knows better when to says it in the problem's own headers.
const TEMPORARY: ReadonlySet<Problem['code']> = new Set(['OVERLOADED', 'UNAVAILABLE']);

function answer(ctx: Context, problem: Problem): void {
  if (TEMPORARY.has(problem.code)) ctx.set('Retry-After', '1');
  ctx.set(problem.headers);
  ctx.status = problem.status;
  ctx.body = problemDocument(problem);
  ctx.type = 'application/problem+json';
}

/** A route that nobody serves, or a method that the route does not have (the router has set Allow). */
function unanswered(ctx: Context): Problem {
  if (ctx.status === 404) return new Problem('NOT_FOUND', `Nothing is served at ${ctx.path}.`);
  return new Problem(
    'METHOD_NOT_ALLOWED',
    `${ctx.method} is not possible at ${ctx.path}: see the Allow header.`,
  );
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // First, for a client that goes away in the middle of its body is an ECONNABORTED, and no part of ours.
  const status = clientFault(error);
  if (status === 413)
    return new Problem(
      'BODY_TOO_LARGE',
      'The body is larger than this call takes: 64 KiB, where it is not said to be more.',
    );
  if (status === 415)
    return new Problem('UNSUPPORTED_MEDIA_TYPE', 'Bodies are JSON, uncompressed and in UTF-8.');
  if (status !== null) {
    return new Problem(
      'INVALID_REQUEST',
      `The request cannot be read: ${STATUS_CODES[status] ?? 'malformed'}.`,
    );
  }
  if (isDatabaseAway(error) || isRedisAway(error) || error instanceof RoomUnsettledError) {
    return new Problem('UNAVAILABLE', 'A part of the service is away for the moment. Try again.', {
      cause: error,
    });
  }
  return new Problem('INTERNAL', 'This is our fault and has been logged. Try again later.', { cause: error });
}

/** The 4xx that the body parser or Koa itself gave to an error, or null. */
function clientFault(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  return error.status >= 400 && error.status < 500 ? error.status : null;
}

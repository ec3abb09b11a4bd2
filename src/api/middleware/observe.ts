import type { Middleware } from 'koa';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { RequestState } from '../endpoint';

/** Counts every request, and logs it at debug (5xx are logged with their cause where they arise). */
export function observe(metrics: Metrics, logger: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    const startedAt = performance.now();
    await next();
    const seconds = (performance.now() - startedAt) / 1000;
    const { requestId, route = 'none', userId, jobId } = ctx.state;
    metrics.httpSeconds.observe({ method: ctx.method, route, status: ctx.status }, seconds);
    if (logger.isLevelEnabled('debug')) {
      const ms = Math.round(seconds * 1000);
      logger.debug(
        { requestId, method: ctx.method, path: ctx.path, status: ctx.status, ms, userId, jobId },
        'request',
      );
    }
  };
}

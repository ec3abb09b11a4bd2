import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from './logger';
import { reasonOf, StartError } from './start';

/**
 * `request`: serves HTTP requests and short commands: fails fast, so that a request answers 503 instead of hanging.
 * `worker`: BullMQ's blocking side: waits for Redis to come back (BullMQ demands maxRetriesPerRequest null).
 * `subscriber`: pub/sub: resubscribes by itself after a reconnect.
 */
export type RedisRole = 'request' | 'worker' | 'subscriber';

const BY_ROLE = {
  request: {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    // Longer than a busy machine lets this very process stand still: its own pause is not Redis' silence.
    commandTimeout: 1800,
    // A connection that has fallen silent is given up, or its commands would time out for ever.
    socketTimeout: 3000,
  },
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null, enableOfflineQueue: true, autoResubscribe: true },
} satisfies Record<RedisRole, RedisOptions>;

/**
 * Sends what one turn of promises asks for together: what follows a transaction of twenty schedules is a hundred
 * commands, and each written by itself a system call. Nothing waits for it: the turn's end is the end of this very task.
 */
class TurnRedis extends Redis {
  #corked: Redis['stream'] | null = null;

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const { stream } = this;
    if (stream !== this.#corked && stream?.writable) {
      this.#corked = stream;
      stream.cork();
      process.nextTick(() => {
        this.#corked = null;
        stream.uncork();
      });
    }
    return super.sendCommand(...args);
  }
}

/** A client for one role; it reconnects for ever, with at most a second between tries. */
export function createRedis(url: string, role: RedisRole, logger: Logger): Redis {
  const redis = new TurnRedis(url, {
    ...BY_ROLE[role],
    connectTimeout: 2000,
    // A half-open connection (pulled cable) must not look alive for minutes.
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
  });
  let lastFault = '';
  redis.on('error', (error: Error) => {
    // One line per kind of fault: a Redis that is away for an hour would otherwise log every retry.
    if (error.message === lastFault) return;
    lastFault = error.message;
    logger.warn({ err: error, connection: role }, 'redis connection fault');
  });
  redis.on('ready', () => {
    if (lastFault !== '') logger.info({ connection: role }, 'redis is back');
    lastFault = '';
  });
  return redis;
}

/**
 * Waits until the client can take commands.
 * @throws StartError saying where Redis was looked for and what came of it, when it does not answer in time
 */
export async function redisReady(redis: Redis, timeoutMs = 15_000): Promise<void> {
  if (redis.status === 'ready') return;
  let fault = 'no answer';
  const remember = (error: Error): void => void (fault = reasonOf(error));
  redis.on('error', remember);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      const { host, port } = redis.options;
      reject(
        new StartError(`Redis cannot be used at ${host}:${port} (${fault}). Start it, or set REDIS_URL.`),
      );
    }, timeoutMs);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  redis.off('error', remember);
}

const AWAY =
  /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|TRYAGAIN|OOM|MISCONF)|max retries per request|isn't writeable|Command timed out|Connection is closed|ECONNRE|EPIPE/;

/** Whether Redis (not the command) is the trouble: away, starting, full or failing over. */
export function isRedisAway(error: unknown): boolean {
  return error instanceof Error && AWAY.test(error.message);
}

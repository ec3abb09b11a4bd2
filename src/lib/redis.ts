import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from './logger';
import { type HostAndPort, readRedisUrl, type RedisAccess } from './redis-url';
import { reasonOf, StartError } from './start';
import { TIMES } from './times';

/** A Redis, or a cluster of them: both take the same commands, as long as the keys of each are in one slot. */
export type RedisClient = Redis | Cluster;

/**
 * `request`: serves HTTP requests and short commands: fails fast, so that a request answers 503 instead of hanging.
 * `worker`: BullMQ's workers: waits for Redis to come back (BullMQ demands maxRetriesPerRequest null).
 * `subscriber`: pub/sub: resubscribes by itself after a reconnect.
 */
export type RedisRole = 'request' | 'worker' | 'subscriber';

const BY_ROLE = {
  request: {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: TIMES.redisCommandMs,
    socketTimeout: TIMES.redisRequestSilenceMs,
  },
  worker: { maxRetriesPerRequest: null, socketTimeout: TIMES.redisWorkerSilenceMs },
  subscriber: {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    autoResubscribe: true,
    socketTimeout: 5000,
  },
} satisfies Record<RedisRole, RedisOptions>;

/** Who only listens would never notice that nobody speaks any more, and another be the master by now. */
const SUBSCRIBER_ASKS_EVERY_MS = 2000;

const again = (attempt: number): number => Math.min(50 * attempt, 1000);

const CONNECTION = {
  connectTimeout: 2000,
  // A half-open connection (pulled cable) must not look alive for minutes.
  keepAlive: 10_000,
} satisfies RedisOptions;

/**
 * How each role treats a cluster. A command that meets a node that is away is sent again a few times, every 100 ms: enough
 * for slots that are being moved, and for a request to answer 503 in time when a master is gone.
 */
const IN_CLUSTER = {
  // Connected before the first command needs it: one that meets a connection not ready yet waits for its next try.
  request: { enableOfflineQueue: false, maxRedirections: 8, slotsRefreshInterval: 2000, lazyConnect: false },
  // BullMQ would wait for seconds after each failure: rather the command itself waits until a master is back.
  worker: { enableOfflineQueue: true, maxRedirections: 600, slotsRefreshInterval: 5000, lazyConnect: true },
  // It sends nothing that a moved slot could answer: only by asking does it notice that another node has its channels.
  subscriber: { enableOfflineQueue: true, maxRedirections: 8, slotsRefreshInterval: 2000, lazyConnect: true },
} satisfies Record<RedisRole, ClusterOptions & { lazyConnect: boolean }>;

/**
 * A client for one role; it reconnects for ever, with at most a second between tries.
 * @throws RedisUrlError when the URL is none
 */
export function createRedis(url: string, role: RedisRole, logger: Logger): RedisClient {
  const address = readRedisUrl(url);
  if (address.kind === 'cluster') return logging(clusterOf(address, role), role, logger);
  const options = {
    ...BY_ROLE[role],
    ...CONNECTION,
    retryStrategy: again,
    reconnectOnError: (error: Error) => afterFailOver(error, role),
  };
  const redis =
    address.kind === 'single'
      ? new Redis(address.url, options)
      : new Redis({
          ...options,
          ...address.options,
          sentinels: address.sentinels,
          name: address.name,
          sentinelCommandTimeout: 1000,
          sentinelRetryStrategy: again,
          // Not `failoverDetector`: one that is told of a new master while it connects ends for good.
        });
  if (role === 'subscriber') askNowAndThen(redis);
  sendPerTurn(redis);
  return logging(redis, role, logger);
}

/** A master that has become a replica keeps its connections: whoever stayed could not write for ever. */
function afterFailOver(error: Error, role: RedisRole): boolean | 2 {
  if (!error.message.includes('READONLY')) return false;
  return role === 'request' ? true : 2; // 2: and send it again. It has changed nothing.
}

function askNowAndThen(redis: Redis): void {
  const timer = setInterval(() => {
    // What is wrong, the connection itself logs.
    if (redis.status === 'ready') redis.ping().catch(() => undefined);
  }, SUBSCRIBER_ASKS_EVERY_MS).unref();
  redis.once('end', () => clearInterval(timer));
}

function clusterOf(
  { nodes, options }: { nodes: HostAndPort[]; options: RedisAccess },
  role: RedisRole,
): Cluster {
  const { lazyConnect, ...inCluster } = IN_CLUSTER[role];
  const { maxRetriesPerRequest: _none, ...byRole } = BY_ROLE[role];
  const cluster = new Cluster(nodes, {
    ...inCluster,
    clusterRetryStrategy: again,
    slotsRefreshTimeout: 1000,
    shardedSubscribers: role === 'subscriber',
    redisOptions: { ...byRole, ...CONNECTION, ...options, lazyConnect, maxRetriesPerRequest: null },
    // A certificate is for a name: resolved, it would be asked of an address.
    ...(options.tls === undefined ? {} : { dnsLookup: (host, done) => done(null, host) }),
  });
  cluster.on('+node', sendPerTurn);
  return cluster;
}

/**
 * Sends what one turn of promises asks for together: a transaction of many schedules is followed by many commands, and
 * each written by itself would be a system call. Nothing is sent later for it: the turn ends with this very task.
 */
function sendPerTurn(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  let corked: Redis['stream'] | null = null;
  redis.sendCommand = (...args: Parameters<Redis['sendCommand']>): unknown => {
    const { stream } = redis;
    if (stream !== corked && stream?.writable) {
      corked = stream;
      stream.cork();
      // Behind those that gather until the next tick (one-command-per-turn.ts): they leave along with it.
      process.nextTick(() =>
        process.nextTick(() => {
          corked = null;
          stream.uncork();
        }),
      );
    }
    return send(...args);
  };
}

function logging<Client extends RedisClient>(redis: Client, role: RedisRole, logger: Logger): Client {
  let lastFault = '';
  const fault = (error: Error): void => {
    // One line per kind of fault: a Redis that is away for an hour would otherwise log every retry.
    if (error.message === lastFault) return;
    lastFault = error.message;
    logger.warn({ err: error, connection: role }, 'redis connection fault');
  };
  redis.on('error', fault);
  redis.on('node error', fault);
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
export async function redisReady(redis: RedisClient, timeoutMs = 15_000): Promise<void> {
  if (redis.status === 'ready') return;
  let fault = 'no answer';
  const remember = (error: Error): void => void (fault = reasonOf(error));
  redis.on('error', remember);
  redis.on('node error', remember);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new StartError(`Redis cannot be used at ${placesOf(redis)} (${fault}). Start it, or set REDIS_URL.`),
      );
    }, timeoutMs);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  redis.off('error', remember);
  redis.off('node error', remember);
}

function placesOf(redis: RedisClient): string {
  if (redis instanceof Cluster) {
    const places = redis.nodes().map(({ options: { host, port } }) => `${host}:${port}`);
    return places.length === 0 ? 'any node of the cluster' : places.join(', ');
  }
  const { host, port, sentinels, name } = redis.options;
  if (!sentinels) return `${host}:${port}`;
  const asked = sentinels.map((each) => `${each.host}:${each.port}`).join(', ');
  return `the master "${name}" of the sentinels ${asked}`;
}

/**
 * Resolves when Redis answers. Of a cluster any master will do: while one is away, most of what is asked for does not need
 * it, and a process that called itself unfit would take that away, too.
 */
export async function redisAnswers(redis: RedisClient): Promise<void> {
  if (redis instanceof Cluster && redis.status === 'ready') {
    await Promise.any(redis.nodes('master').map(async (node) => node.ping()));
  } else {
    await redis.ping();
  }
}

// A script's error comes with words of its own before the code.
const AWAY =
  /^(LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY )|\b(READONLY|OOM|MISCONF|NOREPLICAS)\b|Too many Cluster redirections|Cluster isn't ready|Cluster is |None of startup nodes|No (sharded )?subscriber for|[Aa]ll sentinels are unreachable|max retries per request|isn't writeable|Command timed out|Connection is closed|ECONNRE|EPIPE/;

/** Whether Redis (not the command) is the trouble: away, starting, full or failing over. */
export function isRedisAway(error: unknown): boolean {
  return error instanceof Error && AWAY.test(error.message);
}

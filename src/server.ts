import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type Koa from 'koa';
import { createPolicies } from './api/access';
import { createAccessTokens } from './api/accounts/access-tokens';
import { createPasswords, type Passwords } from './api/accounts/passwords';
import { createRevocations } from './api/accounts/revocations';
import { createApp } from './api/app';
import { createQueueDashboard } from './api/operators/queue-dashboard';
import { allEndpoints } from './api/endpoints';
import { createSeatStreams } from './api/concerts/seat-streams';
import { answerUnreadable } from './api/unreadable';
import { createRoomStreams } from './api/waiting-room/events';
import { createCommandGate } from './jobs/gate/command-gate';
import { createBell } from './jobs/queues/bell';
import { createQueues } from './jobs/queues/queues';
import { createDatabase } from './lib/database';
import { createReadiness } from './lib/health';
import { createLaggingReads } from './lib/lagging-reads';
import { createLogger } from './lib/logger';
import { createMetrics } from './lib/metrics';
import { createMetricsPage } from './lib/metrics-page';
import { createRedis, redisReady } from './lib/redis';
import { checkSessions } from './lib/session-settings';
import { readSettings, type Settings } from './lib/settings';
import { closeOnSignal } from './lib/shutdown';
import { startOrExplain } from './lib/start';
import { createSubscriptions } from './lib/subscriptions';
import { type AccountStore, createAccountStore } from './models/account-store';
import { createCommandStore } from './models/command-store';
import { createConcertStore } from './models/concert-store';
import { pendingMigrations, refusePendingMigrations } from './models/migrate';
import { createPointStore } from './models/point-store';
import { createPurchaseStore } from './models/purchase-store';
import { createRoomRecords } from './models/room-records';
import { createScheduleSearch } from './models/schedule-search';
import { createScheduleStore } from './models/schedule-store';
import { createSeatCatalog } from './models/seat-catalog';
import { initModels } from './models/tables';
import { createSeatMap } from './seat-map/seat-map';
import { createQueueTokens, createWaitingRoom } from './waiting-room';

const USAGE = `
Usage: npm run web

The web process: the API, the demo page, the operators' dashboard. As many as you like, behind a load balancer.
Settings come from the environment: HOST, PORT, DATABASE_URL, REDIS_URL and those in README.md.
`;

/** The web process: settings → clients → app → listen → orderly stop. Start as many as are needed. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = createLogger('web', settings.logLevel);
  if (settings.exposed) {
    logger.warn(
      { host: settings.host },
      'FOR DEVELOPMENT ONLY: listens beyond loopback with published secrets',
    );
  }
  const metrics = createMetrics('web');
  await refusePendingMigrations(settings.databaseUrl);
  const database = createDatabase({
    url: settings.databaseUrl,
    readUrl: settings.databaseReadUrl,
    pool: settings.databasePool,
    name: 'frontrow web',
  });
  await checkSessions(database, logger);
  initModels(database);
  const reads = settings.databaseReadUrl === null ? null : createLaggingReads(database, logger);
  const redis = createRedis(settings.redisUrl, 'request', logger);
  const subscriber = createRedis(settings.redisUrl, 'subscriber', logger);
  await redisReady(redis);
  const subscriptions = createSubscriptions(subscriber);

  const accounts = createAccountStore(database);
  const passwords = await createPasswords();
  await putOperator(settings, accounts, passwords);
  const accessTokens = createAccessTokens(settings.accessTokenSecret, settings.accessTokenTtlSeconds);
  const revocations = await createRevocations({ accounts, redis, subscriptions, logger });
  const queueTokens = createQueueTokens(settings.queueTokenSecret);
  const room = createWaitingRoom({ redis, records: createRoomRecords(database), tokens: queueTokens });
  const policies = createPolicies({ accessTokens, revocations, queueTokens, room });
  const streams = createRoomStreams({ room, revocations, subscriptions, logger });
  const catalog = createSeatCatalog(database);
  const schedules = createScheduleStore(database);
  const seatMap = createSeatMap(redis, schedules);
  const seatStreams = createSeatStreams({ seatMap, subscriptions, logger });
  const bell = createBell(redis);
  const queues = createQueues(redis, bell);
  const store = createCommandStore(database);
  const gate = await createCommandGate({ store, queues, redis, subscriptions, metrics, logger });
  const dashboard = createQueueDashboard({
    queues,
    bell,
    search: createScheduleSearch(database),
    accounts,
    passwords,
    readOnly: settings.boardReadOnly,
    logger,
  });
  const endpoints = allEndpoints({
    policies,
    accounts,
    accessTokens,
    passwords,
    revocations,
    room,
    streams,
    catalog,
    schedules,
    gate,
    concerts: createConcertStore(reads?.mayLag),
    seatMap,
    seatStreams,
    purchases: createPurchaseStore(database, catalog, reads?.mayLag),
    points: createPointStore(database, reads?.mayLag),
    defaults: settings,
    logger,
  });
  // This port is for everybody: without a token, figures are for developers only.
  const hidesMetrics = settings.production && settings.metricsToken === null;
  if (hidesMetrics) logger.info('/metrics is not served: set METRICS_TOKEN');
  const app = createApp({
    endpoints,
    policies,
    dashboard,
    readiness: createReadiness({
      database,
      redis,
      pendingMigrations: async () => pendingMigrations(database),
    }),
    metricsPage: hidesMetrics ? null : createMetricsPage(metrics, settings.metricsToken),
    redis,
    metrics,
    logger,
    limits: settings,
  });

  const server = createServer(LIMITS);
  answerUnreadable(server, logger);
  const silent = silentConnections(server);
  await listen(app.callback(), server, settings);
  closeOnSignal(logger, [
    { name: 'streams', close: async () => streams.close() },
    { name: 'seat streams', close: seatStreams.close },
    { name: 'waiting requests', close: async () => gate.endWaits() },
    { name: 'http', close: async () => closeServer(server, silent) },
    { name: 'gate', close: gate.close },
    { name: 'queue dashboard', close: dashboard.close },
    { name: 'revocations', close: revocations.close },
    { name: 'queues', close: queues.close },
    { name: 'redis', close: async () => [redis, subscriber].forEach((client) => client.disconnect()) },
    { name: 'reads', close: async () => reads?.close() },
    { name: 'database', close: async () => database.close() },
  ]);
  logger.info({ host: settings.host, port: settings.port }, 'web is ready');
}

// Slow or endless requests must not hold connections for ever.
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000, // Longer than the idle time of the usual load balancers (60 s), so that they close first.
  maxHeaderSize: 16_384,
  requireHostHeader: false, // The app asks for it, and answers as it answers everything.
};

// A crowd connects at once. Of those beyond this number (Node's is 511) each tries again a second or three later.
const BACKLOG = 4096;

async function putOperator(
  { operator }: Settings,
  accounts: AccountStore,
  passwords: Passwords,
): Promise<void> {
  if (operator === null) return;
  const passwordHash = await passwords.hash(operator.password);
  await accounts.putOperator({ email: operator.email, name: 'Operator', passwordHash });
}

async function listen(
  handle: ReturnType<Koa['callback']>,
  server: Server,
  { host, port }: Settings,
): Promise<void> {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // Stopping: a client that keeps its connection busy would otherwise keep the process for ever.
    if (!server.listening) response.setHeader('Connection', 'close');
    void handle(request, response); // Koa answers by itself, also when something fails: its promise never rejects.
  };
  server.on('request', serve);
  server.on('checkExpectation', serve); // An Expect that means nothing to us is passed over.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

/** Connections that have not sent a request yet: browsers open some in advance. Node does not count them as idle. */
function silentConnections(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}

// A request may be on its way over a connection that looks idle, or unread in the kernel: closing that one would leave its
// sender without an answer. So idle ones stay for a moment, and whoever uses one is told that it ends.
const LAST_REQUESTS_MS = 250;

/** Takes no new connections, lets requests under way end, and closes each connection as it falls idle. */
async function closeServer(server: Server, silent: ReadonlySet<Socket>): Promise<void> {
  // The one of net: that of http closes idle connections at once.
  const closed = promisify(NetServer.prototype.close.bind(server))();
  await sleep(LAST_REQUESTS_MS);
  for (const socket of silent) socket.destroy();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
  }
}

startOrExplain(USAGE, main);

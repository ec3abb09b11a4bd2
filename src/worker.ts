import { createDatabase } from './lib/database';
import { createReadiness } from './lib/health';
import { createLogger } from './lib/logger';
import { createMetrics } from './lib/metrics';
import { createMetricsPage } from './lib/metrics-page';
import { serveProbe } from './lib/probe';
import { createRedis, redisReady } from './lib/redis';
import { checkSessions } from './lib/session-settings';
import { readSettings } from './lib/settings';
import { startOrExplain } from './lib/start';
import { closeOnSignal } from './lib/shutdown';
import { createSubscriptions } from './lib/subscriptions';
import { createBell } from './jobs/queues/bell';
import { SharedTransactions } from './jobs/schedules/shared-transaction';
import { whileRedisAnswers } from './lib/while-redis-answers';
import { createQueues } from './jobs/queues/queues';
import { createOutcomeCache } from './jobs/outcomes/outcome-cache';
import { createReleases } from './jobs/schedules/releases';
import { createOutcomeChannel } from './jobs/outcomes/channel';
import { startJobs } from './jobs/start';
import { createCommandStore } from './models/command-store';
import { pendingMigrations, refusePendingMigrations } from './models/migrate';
import { createRetentionStore } from './models/retention-store';
import { createRoomRecords } from './models/room-records';
import { createScheduleStore } from './models/schedule-store';
import { createSeatCatalog } from './models/seat-catalog';
import { initModels } from './models/tables';
import { createUpkeepStore } from './models/upkeep-store';
import { createSeatMap } from './seat-map/seat-map';
import { createQueueTokens, createWaitingRoom } from './waiting-room';

const USAGE = `
Usage: npm run worker

The worker process: decides what is asked for and keeps the clock. As many as you like.
Settings come from the environment: DATABASE_URL, REDIS_URL, WORKER_PORT and those in README.md.
`;

/** The worker process: settings → clients → jobs → orderly stop. Start as many as are needed. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = createLogger('worker', settings.logLevel);
  const metrics = createMetrics('worker');
  await refusePendingMigrations(settings.databaseUrl);
  const database = createDatabase({
    url: settings.databaseUrl,
    pool: settings.databasePool,
    name: 'frontrow worker',
  });
  await checkSessions(database, logger);
  initModels(database);
  const redis = createRedis(settings.redisUrl, 'request', logger);
  const connection = createRedis(settings.redisUrl, 'worker', logger);
  const subscriber = createRedis(settings.redisUrl, 'subscriber', logger);
  await redisReady(redis);

  const bell = createBell(redis);
  const queues = createQueues(redis, bell);
  const schedules = createScheduleStore(database);
  const records = createRoomRecords(database);
  const catalog = createSeatCatalog(database);
  // First of all that listens: a port that is taken must not end a worker with jobs in hand.
  const probe =
    settings.workerPort === null
      ? null
      : await serveProbe({
          host: settings.host,
          port: settings.workerPort,
          readiness: createReadiness({
            database,
            redis,
            pendingMigrations: async () => pendingMigrations(database),
          }),
          metricsPage: createMetricsPage(metrics, settings.metricsToken),
          logger,
        });
  const jobs = await startJobs({
    connection,
    subscriptions: createSubscriptions(subscriber),
    bell,
    queues,
    releases: createReleases(queues),
    outcomeCache: createOutcomeCache(redis),
    outcomeChannel: createOutcomeChannel(redis),
    metrics,
    logger,
    records,
    schedules,
    transactions: new SharedTransactions({
      database,
      catalog,
      holdTtlMs: settings.holdTtlMs,
      metrics,
      logger,
    }),
    store: createCommandStore(database),
    upkeep: createUpkeepStore(database),
    retention: createRetentionStore(database),
    commandRetentionMs: settings.commandRetentionMs,
    seatMap: createSeatMap(redis, schedules),
    room: createWaitingRoom({ redis, records, tokens: createQueueTokens(settings.queueTokenSecret) }),
  });
  closeOnSignal(logger, [
    { name: 'jobs', close: async () => whileRedisAnswers(redis, jobs.close()) },
    { name: 'queues', close: queues.close },
    {
      name: 'redis',
      close: async () => [redis, connection, subscriber].forEach((client) => client.disconnect()),
    },
    { name: 'probe', close: async () => probe?.close() },
    { name: 'database', close: async () => database.close() },
  ]);
  logger.info('worker is ready');
}

startOrExplain(USAGE, main);

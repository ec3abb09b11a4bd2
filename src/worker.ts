import { openCommonParts } from './common-parts';
import { CommandTally } from './desk/command-tally';
import { createCurves } from './desk/curves';
import { createOutcomeCache } from './jobs/outcomes/outcome-cache';
import { createOutcomeChannel } from './jobs/outcomes/channel';
import { createReleases } from './jobs/schedules/releases';
import { SharedTransactions } from './jobs/schedules/shared-transaction';
import { startJobs } from './jobs/start';
import { within } from './lib/deadline';
import { createMetricsPage } from './lib/metrics-page';
import { serveProbe } from './lib/probe';
import { createRedis } from './lib/redis';
import { closeOnSignal } from './lib/shutdown';
import { startOrExplain } from './lib/start';
import { TIMES } from './lib/times';
import { whileRedisAnswers } from './lib/while-redis-answers';
import { createDeskStore } from './models/desk-store';
import { createHallMemory } from './models/hall-memory';
import { createRetentionStore } from './models/retention-store';
import { createStockStore } from './models/stock-store';
import { createUpkeepStore } from './models/upkeep-store';

const USAGE = `
Usage: npm run worker

The worker process: decides what is asked for and keeps the clock. As many as you like.
Settings come from the environment: DATABASE_URL, REDIS_URL, WORKER_PORT and those in README.md.
`;

/** The worker process: settings → clients → jobs → orderly stop. Start as many as are needed. */
async function main(): Promise<void> {
  const common = await openCommonParts('worker');
  const { settings, logger, metrics, database, redis, queues, catalog } = common;
  const connection = createRedis(settings.redisUrl, 'worker', logger);
  // First of all that listens: a port that is taken must not end a worker with jobs in hand.
  const probe =
    settings.workerPort === null
      ? null
      : await serveProbe({
          host: settings.host,
          port: settings.workerPort,
          readiness: common.readiness,
          metricsPage: createMetricsPage(metrics, settings.metricsToken),
          logger,
        });
  const jobs = await startJobs({
    ...common,
    connection,
    releases: createReleases(queues),
    outcomeCache: createOutcomeCache(redis),
    outcomeChannel: createOutcomeChannel(redis),
    transactions: new SharedTransactions({
      database,
      catalog,
      holdTtlMs: settings.holdTtlMs,
      memory: createHallMemory(),
      metrics,
      logger,
    }),
    tally: new CommandTally(),
    desk: createDeskStore(database),
    curves: createCurves(redis),
    stock: createStockStore(database),
    upkeep: createUpkeepStore(database),
    retention: createRetentionStore(database),
    commandRetentionMs: settings.commandRetentionMs,
  });
  // In a cluster, one node may be away while the others answer.
  const hangs = (): void => logger.warn('jobs did not end in time: what is under way is found again');
  closeOnSignal(logger, [
    {
      name: 'jobs',
      close: async () => within(TIMES.jobsEndMs, whileRedisAnswers(redis, jobs.close()), hangs),
    },
    { name: 'connection', close: async () => connection.disconnect() },
    { name: 'probe', close: async () => probe?.close() },
    ...common.closings,
  ]);
  logger.info('worker is ready');
}

startOrExplain(USAGE, main);

import { createDeskNotes } from './desk/notes';
import { createDeskBoard } from './desk/state';
import { createBell } from './jobs/queues/bell';
import { createQueues } from './jobs/queues/queues';
import { createDatabase } from './lib/database';
import { createReadiness } from './lib/health';
import { createLogger } from './lib/logger';
import { createMetrics } from './lib/metrics';
import { createRedis, redisReady } from './lib/redis';
import { checkSessions } from './lib/session-settings';
import { readSettings } from './lib/settings';
import type { Closing } from './lib/shutdown';
import { repeat } from './lib/repeat';
import { createSubscriptions } from './lib/subscriptions';
import { TIMES } from './lib/times';
import { createCommandStore } from './models/command-store';
import { pendingMigrations, refusePendingMigrations } from './models/migrate';
import { createRoomRecords } from './models/room-records';
import { createScheduleStore } from './models/schedule-store';
import { createSeatCatalog } from './models/seat-catalog';
import { initModels } from './models/tables';
import { createSeatMap } from './seat-map/seat-map';
import { createQueueTokens, createWaitingRoom } from './waiting-room';

export type CommonParts = Awaited<ReturnType<typeof openCommonParts>>;

/**
 * What every process of the service is made of, whichever it is: settings, clients, and what works with these alone.
 * `closings` end it, last of all that is closed.
 * @throws StartError saying what is wrong with the settings, Postgres or Redis
 */
export async function openCommonParts(role: 'web' | 'worker') {
  const settings = readSettings(process.env);
  const logger = createLogger(role, settings.logLevel);
  await refusePendingMigrations(settings.databaseUrl);
  const database = createDatabase({
    url: settings.databaseUrl,
    readUrl: role === 'web' ? settings.databaseReadUrl : null,
    pool: settings.databasePool,
    name: `frontrow ${role}`,
  });
  await checkSessions(database, logger);
  initModels(database);
  const redis = createRedis(settings.redisUrl, 'request', logger);
  const subscriber = createRedis(settings.redisUrl, 'subscriber', logger);
  await redisReady(redis);

  const bell = createBell(redis);
  const queues = createQueues(redis, bell);
  const schedules = createScheduleStore(database);
  const records = createRoomRecords(database);
  const queueTokens = createQueueTokens(settings.queueTokenSecret, settings.queueTokenKeys);
  const catalog = createSeatCatalog(database);
  const stopRefreshing = repeat(TIMES.termsLookMs, catalog.refresh, (error) =>
    logger.warn({ err: error }, 'changes of dates were not read: will try again'),
  );
  const closings: Closing[] = [
    { name: 'changes of dates', close: stopRefreshing },
    { name: 'queues', close: queues.close },
    { name: 'redis', close: async () => [redis, subscriber].forEach((client) => client.disconnect()) },
    { name: 'database', close: async () => database.close() },
  ];
  return {
    settings,
    logger,
    metrics: createMetrics(role),
    database,
    redis,
    subscriptions: createSubscriptions(subscriber),
    bell,
    queues,
    store: createCommandStore(database),
    schedules,
    catalog,
    records,
    queueTokens,
    room: createWaitingRoom({ redis, records, tokens: queueTokens, logger }),
    seatMap: createSeatMap(redis, schedules),
    notes: createDeskNotes(redis),
    board: createDeskBoard(redis),
    readiness: createReadiness({
      database,
      redis,
      pendingMigrations: async () => pendingMigrations(database),
    }),
    closings,
  };
}

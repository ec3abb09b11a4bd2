import { createPolicies } from './api/access';
import { createAccessTokens } from './api/accounts/access-tokens';
import { createForeignTokens } from './api/accounts/foreign-tokens';
import { createHeldRoles } from './api/accounts/held-roles';
import { createPasswords, type Passwords } from './api/accounts/passwords';
import { createRevocations } from './api/accounts/revocations';
import { addresses, createApp } from './api/app';
import { createSeatStreams } from './api/concerts/seat-streams';
import { allEndpoints } from './api/endpoints';
import { serveHttp } from './api/http-server';
import { createQueueDashboard } from './api/operators/queue-dashboard';
import { AT_THE_DOOR, createCodeTries } from './api/presales/code-tries';
import { createEntry } from './api/presales/entry';
import { createPasses } from './api/presales/passes';
import { createRoomStreams } from './api/waiting-room/events';
import { createEntryStreams } from './api/waitlist/entry-streams';
import { openCommonParts } from './common-parts';
import { createCommandGate } from './jobs/gate/command-gate';
import { createLaggingReads } from './lib/lagging-reads';
import { createMetricsPage } from './lib/metrics-page';
import type { Settings } from './lib/settings';
import { closeOnSignal } from './lib/shutdown';
import { startOrExplain } from './lib/start';
import { type AccountStore, createAccountStore } from './models/account-store';
import { createConcertStore } from './models/concert-store';
import { createDrawStore } from './models/draw-store';
import { createFanStore } from './models/fan-store';
import { createPointStore } from './models/point-store';
import { createPresaleStore } from './models/presale-store';
import { createPurchaseStore } from './models/purchase-store';
import { createScheduleExports } from './models/schedule-export';
import { createScheduleSearch } from './models/schedule-search';
import { createTicketStore } from './models/ticket-store';
import { createWaitlistStore } from './models/waitlist-store';

const USAGE = `
Usage: npm run web

The web process: the API, the demo page, the operators' dashboard. As many as you like, behind a load balancer.
Settings come from the environment: HOST, PORT, DATABASE_URL, REDIS_URL and those in README.md.
`;

/** The web process: settings → clients → app → listen → orderly stop. Start as many as are needed. */
async function main(): Promise<void> {
  const common = await openCommonParts('web');
  const { settings, logger, metrics, database, redis, subscriptions, queueTokens, room, catalog, seatMap } =
    common;
  if (settings.exposed) {
    logger.warn(
      { host: settings.host },
      'FOR DEVELOPMENT ONLY: listens beyond loopback with published secrets',
    );
  }
  const reads = settings.databaseReadUrl === null ? null : createLaggingReads(database, logger);

  const accounts = createAccountStore(database);
  const passwords = await createPasswords();
  await putOperator(settings, accounts, passwords);
  const accessTokens = createAccessTokens(settings.accessTokenSecret, settings.accessTokenTtlSeconds);
  const revocations = await createRevocations({ accounts, redis, subscriptions, logger });
  const { foreignIssuer } = settings;
  const foreignTokens = foreignIssuer && createForeignTokens({ foreignIssuer, accounts, logger });
  const roles = createHeldRoles(accounts);
  const policies = createPolicies({ accessTokens, foreignTokens, revocations, roles, queueTokens, room });
  const streams = createRoomStreams({ room, revocations, subscriptions, logger });
  const seatStreams = createSeatStreams({ seatMap, subscriptions, logger });
  const waitlist = createWaitlistStore(database);
  const entryStreams = await createEntryStreams({ waitlist, revocations, subscriptions, logger });
  const presales = createPresaleStore(database);
  const { presales: records } = common.records;
  const tries = createCodeTries(redis, settings.rateLimitAddressFactor);
  const entry = createEntry({ room, presales, records, tries });
  const addressOf = addresses(settings.proxies, logger);
  const gate = await createCommandGate(common);
  const dashboard = createQueueDashboard({
    ...common,
    search: createScheduleSearch(database),
    accounts,
    passwords,
    readOnly: settings.boardReadOnly,
  });
  const endpoints = allEndpoints({
    ...common,
    policies,
    accounts,
    accessTokens,
    passwords,
    revocations,
    streams,
    gate,
    concerts: createConcertStore(database, reads?.mayLag),
    draws: createDrawStore(database),
    seatStreams,
    waitlist,
    entryStreams,
    purchases: createPurchaseStore(database, catalog, reads?.mayLag),
    points: createPointStore(database, reads?.mayLag),
    presales,
    tickets: createTicketStore(database),
    fans: createFanStore(database),
    exports: createScheduleExports(database),
    doorTries: createCodeTries(redis, settings.rateLimitAddressFactor, AT_THE_DOOR),
    passes: createPasses(presales),
    entry,
    addressOf,
    defaults: settings,
  });
  // This port is for everybody: without a token, figures are for developers only.
  const hidesMetrics = settings.production && settings.metricsToken === null;
  if (hidesMetrics) logger.info('/metrics is not served: set METRICS_TOKEN');
  const app = createApp({
    ...common,
    endpoints,
    policies,
    dashboard,
    metricsPage: hidesMetrics ? null : createMetricsPage(metrics, settings.metricsToken),
    limits: settings,
    addressOf,
  });

  const server = await serveHttp(app.callback(), settings, logger);
  closeOnSignal(logger, [
    { name: 'streams', close: async () => streams.close() },
    { name: 'seat streams', close: seatStreams.close },
    { name: 'waiting list streams', close: entryStreams.close },
    { name: 'waiting requests', close: async () => gate.endWaits() },
    { name: 'http', close: server.close },
    { name: 'gate', close: gate.close },
    { name: 'queue dashboard', close: dashboard.close },
    { name: 'revocations', close: revocations.close },
    { name: 'issuer keys', close: async () => foreignTokens?.close() },
    { name: 'reads', close: async () => reads?.close() },
    ...common.closings,
  ]);
  logger.info({ host: settings.host, port: settings.port }, 'web is ready');
}

async function putOperator(
  { operator }: Settings,
  accounts: AccountStore,
  passwords: Passwords,
): Promise<void> {
  if (operator === null) return;
  const passwordHash = await passwords.hash(operator.password);
  await accounts.putOperator({ email: operator.email, name: 'Operator', passwordHash });
}

startOrExplain(USAGE, main);

import { Client } from 'pg';
import { type ConnectionOptions, Sequelize, type Transaction } from 'sequelize';
import { isConnectionUnfit, retrying, type RetryOptions } from './database-errors';
import { TurnSocket } from './pipeline';
import { TIMES } from './times';

export interface DatabaseOptions {
  url: string;
  /** A standby. Nothing is read there but what says that it may lag (lagging-reads.ts). */
  readUrl?: string | null;
  pool: number;
  /** Shown in pg_stat_activity, so that an operator sees whose connections those are. */
  name: string;
  /** How long Postgres may take over one statement, in milliseconds, before this process gives the connection up. */
  statementLimitMs?: number;
}

// A host that vanished without a word leaves its connections open: answers that are not there a second after Postgres
// would have ended the statement will not come. pg then destroys the connection (it does so in pipeline mode), and the
// pool makes a new one.
const SILENCE_MARGIN_MS = 1000;

/**
 * The one Sequelize of a process. Sequelize's defaults (5 connections, a minute's wait for one) suit no service.
 * A connection begins without any setting that a pooler refuses or forgets: they belong to the role (session-settings.ts).
 */
export function createDatabase({
  url,
  readUrl = null,
  pool,
  name,
  statementLimitMs = TIMES.databaseStatementMs,
}: DatabaseOptions): Sequelize {
  const sequelize = new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    ...(readUrl === null ? {} : { replication: { write: {}, read: [connectionOf(readUrl)] } }),
    pool: { max: pool, min: 0, acquire: TIMES.databaseAcquireMs, idle: 30_000 },
    retry: { max: 0 },
    dialectOptions: {
      application_name: name,
      stream: () => new TurnSocket(),
      keepAlive: true,
      connectionTimeoutMillis: TIMES.databaseConnectMs,
      query_timeout: statementLimitMs + SILENCE_MARGIN_MS,
      clientMinMessages: 'ignore',
    },
    timezone: 'UTC', // By name: a pooler keeps it for each client, and cannot set what Postgres calls an offset.
  });
  sequelize.addHook('afterConnect', (connection: unknown) => {
    // Statements that do not need each other's answers leave together: one round trip for a whole batch's writes.
    if (!(connection instanceof Client)) return;
    Object.assign(connection, { pipeline: true });
    connection.connection.on('errorMessage', (error: unknown) => {
      // As Sequelize marks a connection that was lost: its pool lends it to nobody else.
      if (isConnectionUnfit(error)) Object.assign(connection, { _invalid: true });
    });
  });
  // Sequelize would send every read outside a transaction to the standby.
  sequelize.addHook('beforePoolAcquire', (options) => {
    options.useMaster ??= true;
  });
  return sequelize;
}

/** The address of another server of the same kind; all else is as at the first one's URL. */
function connectionOf(url: string): ConnectionOptions {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: port || '5432',
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}

/**
 * Runs `work` in one READ COMMITTED transaction, again from the start when Postgres asks for that.
 * `work` must therefore have no effect outside the transaction.
 */
export async function inTransaction<T>(
  sequelize: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  return retrying(options, async () => sequelize.transaction(work));
}

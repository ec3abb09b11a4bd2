import { Client } from 'pg';
import { Sequelize, type Transaction } from 'sequelize';
import { retrying, type RetryOptions } from './database-errors';
import { TurnSocket } from './pipeline';

export interface DatabaseOptions {
  url: string;
  pool: number;
  /** Shown in pg_stat_activity, so that an operator sees whose connections those are. */
  name: string;
  /** How long one statement may take, in milliseconds: a live service's are short. */
  statementTimeoutMs?: number;
}

// A host that vanished without a word leaves its connections open: answers that are not there a second after Postgres
// would have ended the statement will not come. pg then destroys the connection (it does so in pipeline mode), and the
// pool makes a new one.
const SILENCE_MARGIN_MS = 1000;

// Every statement here looks up a few rows by an index. Plans made while a table is small (foreign key checks as well) would
// read it whole, and a connection keeps them while a sale fills it: 70 ms per group of holds instead of 2.
export const NEVER_WHOLE_TABLES = '-c enable_seqscan=off';

/**
 * The one Sequelize of a process. Sequelize's defaults (5 connections, a minute's wait for one) suit no service.
 * Postgres itself ends whatever a paused or dead process left open: statements, and transactions idle for 5 s.
 */
export function createDatabase({ url, pool, name, statementTimeoutMs = 5000 }: DatabaseOptions): Sequelize {
  const sequelize = new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { max: pool, min: 0, acquire: 2200, idle: 30_000 },
    retry: { max: 0 },
    dialectOptions: {
      application_name: name,
      stream: () => new TurnSocket(),
      keepAlive: true,
      connectionTimeoutMillis: 2000,
      options: NEVER_WHOLE_TABLES,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + SILENCE_MARGIN_MS,
      lock_timeout: 5000,
      idle_in_transaction_session_timeout: 5000,
    },
  });
  sequelize.addHook('afterConnect', (connection: unknown) => {
    // Statements that do not need each other's answers leave together: one round trip for a whole batch's writes.
    if (connection instanceof Client) Object.assign(connection, { pipeline: true });
  });
  return sequelize;
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

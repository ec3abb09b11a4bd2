import { Client, type QueryResultRow } from 'pg';
import {
  ConnectionError,
  DatabaseError,
  Sequelize,
  TimeoutError,
  type Transaction,
  UniqueConstraintError,
} from 'sequelize';

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

/**
 * The one Sequelize of a process. Sequelize's defaults (5 connections, a minute's wait for one) suit no service.
 * Postgres itself ends whatever a paused or dead process left open: statements, and transactions idle for 5 s.
 */
export function createDatabase({ url, pool, name, statementTimeoutMs = 5000 }: DatabaseOptions): Sequelize {
  const sequelize = new Sequelize(url, {
    dialect: 'postgres',
    logging: false,
    pool: { max: pool, min: 0, acquire: 2500, idle: 30_000 },
    retry: { max: 0 },
    dialectOptions: {
      application_name: name,
      keepAlive: true,
      connectionTimeoutMillis: 2000,
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

export interface Statement {
  /** Names the prepared statement, so that each connection plans it once. */
  name: string;
  text: string;
}

/** Runs prepared statements on a transaction's own connection; calls made together travel together. */
export type Run = <Row extends QueryResultRow>(statement: Statement, values: unknown[]) => Promise<Row[]>;

/**
 * `run` for a transaction. Sequelize's own query() never names a statement, so Postgres would plan the hot path anew
 * each time.
 * @throws Error when the transaction has no open pg connection
 */
export function runner(transaction: Transaction): Run {
  const connection = 'connection' in transaction ? transaction.connection : undefined;
  if (!(connection instanceof Client)) throw new Error('The transaction has no open connection');
  return async <Row extends QueryResultRow>({ name, text }: Statement, values: unknown[]) => {
    const result = await connection.query<Row>({ name, text, values });
    return result.rows;
  };
}

/**
 * Awaits statements sent together. All of them are awaited even when one fails: a rejected promise left alone would
 * end the process, and the transaction may only be rolled back once every answer has been read.
 * @throws the first failure, in order
 */
export async function together<T extends readonly unknown[] | []>(
  statements: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  for (const result of await Promise.allSettled(statements)) {
    if (result.status === 'rejected') throw result.reason;
  }
  return Promise.all(statements);
}

// 40001 serialization failure, 40P01 deadlock, 55P03 lock timeout: nothing was changed, the same work may succeed.
const TRANSIENT = new Set(['40001', '40P01', '55P03']);
// 08*: connection lost; 57P01..03: server stopping or starting; 57P05, 25P03: session ended by a timeout.
const AWAY = /^(08|57P|25P03|53)/;

/** The SQLSTATE of whatever Sequelize or pg threw, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const source =
    error instanceof DatabaseError || error instanceof UniqueConstraintError ? error.original : error;
  if (!(source instanceof Error) || !('code' in source)) return undefined;
  return typeof source.code === 'string' ? source.code : undefined;
}

/** The violated constraint's name, or undefined when the error is not a violation. */
export function violatedConstraint(error: unknown): string | undefined {
  const source =
    error instanceof DatabaseError || error instanceof UniqueConstraintError ? error.original : error;
  if (!(source instanceof Error) || !('constraint' in source)) return undefined;
  return typeof source.constraint === 'string' ? source.constraint : undefined;
}

/** Whether Postgres (not the statement) is the trouble: away, stopping, full or out of connections. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  const state = sqlState(error);
  if (state !== undefined)
    return AWAY.test(state) || /^(ECONN|EPIPE|ETIMEDOUT)/.test(state) || state === '57014';
  return (
    error instanceof Error && /Connection terminated|not queryable|Query read timeout/.test(error.message)
  );
}

export interface TransactionOptions {
  /** Also run again when one of these constraints was violated: a concurrent writer was faster; look again. */
  retryOn?: string[];
  attempts?: number;
}

/**
 * Runs `work` in one READ COMMITTED transaction, again from the start when Postgres asks for that.
 * `work` must therefore have no effect outside the transaction.
 */
export async function inTransaction<T>(
  sequelize: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
  { retryOn = [], attempts = 4 }: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sequelize.transaction(work);
    } catch (error) {
      const again = TRANSIENT.has(sqlState(error) ?? '') || retryOn.includes(violatedConstraint(error) ?? '');
      if (!again || attempt >= attempts) throw error;
    }
  }
}

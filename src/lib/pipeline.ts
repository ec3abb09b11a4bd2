import { Socket } from 'node:net';
import { Client, type QueryResult, type QueryResultRow } from 'pg';
import type { Sequelize } from 'sequelize';
import { retrying, type RetryOptions } from './database-errors';

export interface Statement {
  /** Names the prepared statement, so that each connection plans it once. */
  name: string;
  text: string;
}

/** Runs prepared statements on a transaction's own connection; calls made together travel together. */
export type Run = <Row extends QueryResultRow>(statement: Statement, values: unknown[]) => Promise<Row[]>;

/**
 * Sends what is written in one turn of the event loop together. pg writes every statement by itself: one system
 * call each, which a busy worker would spend much of its time on.
 */
export class TurnSocket extends Socket {
  override uncork(): void {
    process.nextTick(() => super.uncork());
  }
}

const BEGIN = { name: 'begin', text: 'BEGIN ISOLATION LEVEL READ COMMITTED' };
const COMMIT = { name: 'commit', text: 'COMMIT' };

/** A statement that is ready to be sent. */
export interface Prepared {
  statement: Statement;
  values: unknown[];
}

/**
 * One transaction in two round trips: BEGIN travels with what `read` asks for, COMMIT with what `write` wants written. Run
 * again from the start when Postgres asks for that, so neither may have an effect outside the transaction.
 *
 * @param write says what to write, in this order. Nothing is sent before it has returned: a fault half-way commits nothing.
 *   When Postgres refuses a statement, it takes the COMMIT behind it for a ROLLBACK
 * @returns what was read
 * @throws the first failure; when the connection was lost with the COMMIT under way, nobody knows what became of it
 */
export async function inTwoTrips<Found>(
  sequelize: Sequelize,
  read: (run: Run) => Promise<Found>,
  write: (found: Found) => readonly Prepared[],
  options: RetryOptions = {},
): Promise<Found> {
  return retrying(options, async () =>
    onConnection(sequelize, async (client) => {
      const run = runOn(client);
      const [, found] = await together([client.query(BEGIN), read(run)]);
      const writes = write(found);
      const writing = writes.map(async ({ statement, values }) => run(statement, values));
      const [, { command }] = await together([together(writing), client.query(COMMIT)]);
      if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
      return found;
    }),
  );
}

/** One read by itself, outside any transaction, planned once per connection: Sequelize would have it planned anew every time. */
export async function preparedRead<Row extends QueryResultRow>(
  sequelize: Sequelize,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  return onConnection(sequelize, async (client) => runOn(client)<Row>(statement, values));
}

const runOn =
  (client: Client): Run =>
  async <Row extends QueryResultRow>({ name, text }: Statement, values: unknown[]) => {
    const result: QueryResult<Row> = await client.query<Row>({ name, text, values });
    return result.rows;
  };

/** Lends a connection of Sequelize's pool, and takes it back without an open transaction, or not at all. */
async function onConnection<T>(sequelize: Sequelize, work: (client: Client) => Promise<T>): Promise<T> {
  const pool = sequelize.connectionManager;
  const connection = await pool.getConnection({ type: 'write' });
  if (!(connection instanceof Client)) throw new Error('The pool holds something else than pg connections');
  try {
    const result = await work(connection);
    pool.releaseConnection(connection);
    return result;
  } catch (error) {
    // After a failed COMMIT there is no transaction, and this only warns; before, it ends what was begun.
    await connection.query('ROLLBACK').then(
      () => pool.releaseConnection(connection),
      async () => pool.destroyConnection(connection),
    );
    throw error;
  }
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

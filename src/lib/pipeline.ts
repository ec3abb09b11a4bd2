import { Client, type QueryResultRow } from 'pg';
import type { Sequelize } from 'sequelize';
import { retrying, type RetryOptions } from './database-errors';
import { type Answer, type AnyAnswer, type Prepared, type Statement, Trip, type Value } from './trip';

/** Runs prepared statements on a transaction's own connection; calls made together travel together, and fail together. */
export type Run = <Row extends QueryResultRow>(statement: Statement, values: Value[]) => Promise<Row[]>;

const BEGIN = { name: 'begin', text: 'BEGIN ISOLATION LEVEL READ COMMITTED' };
const COMMIT = { name: 'commit', text: 'COMMIT' };

/**
 * One transaction in two round trips: BEGIN travels with what `read` asks for, COMMIT with what `write` wants written. Run
 * again from the start when Postgres asks for that, so neither may have an effect outside the transaction.
 *
 * @param write says what to write, in this order. Nothing is sent before it has returned: a fault half-way commits nothing.
 *   When Postgres refuses a statement, it passes over the COMMIT behind it
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
      const ask = askOn(client);
      const run = async <Row extends QueryResultRow>(statement: Statement, values: Value[]) =>
        (await ask<Row>(statement, values)).rows;
      const [, found] = await together([ask(BEGIN, []), read(run)]);
      const writing = write(found).map(async ({ statement, values }) => ask(statement, values));
      const [, { command }] = await together([together(writing), ask(COMMIT, [])]);
      if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
      return found;
    }),
  );
}

interface Asked extends Prepared {
  resolve: (answer: AnyAnswer) => void;
  reject: (error: unknown) => void;
}

/** What is asked for in one turn of promises goes out as one trip. */
function askOn(client: Client) {
  let waiting: Asked[] = [];
  function send(): void {
    const sent = waiting;
    waiting = [];
    Trip.send(client, sent).then(
      (answers) => answers.forEach((answer, index) => sent[index]?.resolve(answer)),
      (error: unknown) => sent.forEach(({ reject }) => reject(error)),
    );
  }
  return async <Row extends QueryResultRow>(statement: Statement, values: Value[]) =>
    new Promise<Answer<Row>>((resolve, reject) => {
      if (waiting.push({ statement, values, resolve, reject }) === 1) process.nextTick(send);
    });
}

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

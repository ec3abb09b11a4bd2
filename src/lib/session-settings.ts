import { Client } from 'pg';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Logger } from './logger';
import { StartError } from './start';
import { TIMES } from './times';

// Postgres itself ends whatever a paused or dead process left open.
const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

/**
 * What every session of the service must have in force. They belong to the role, in its database, and are made by
 * `npm run migrate`: a pooler refuses settings that come with a connection.
 */
const IN_FORCE = new Map([
  // Every statement here looks up a few rows by an index. Plans made while a table is small (foreign key checks as well)
  // would read it whole, and a connection keeps them while a sale fills it.
  ['enable_seqscan', 'off'],
  ...LIMITS.map((name) => [name, String(TIMES.databaseStatementMs)] as const),
]);

// `reset_val`: what the session began with, whatever its transaction has set for itself.
const LACKING = `SELECT name, format('ALTER ROLE %I IN DATABASE %I SET %I = %L', session_user, current_database(), name, wanted) AS remedy
  FROM unnest($1::text[], $2::text[]) AS x(name, wanted) JOIN pg_settings USING (name)
 WHERE CASE WHEN name = ANY($3::text[]) THEN reset_val::bigint NOT BETWEEN 1 AND wanted::bigint ELSE reset_val <> wanted END`;
const ASKED = [[...IN_FORCE.keys()], [...IN_FORCE.values()], LIMITS];

/** The setting that a session lacks, and the statement that gives it to the role for all later sessions. */
interface Lacking {
  name: string;
  remedy: string;
}

/** Gives the role of this connection what it lacks in this database: sessions opened from now on have it. */
export async function setForRole(client: Client): Promise<void> {
  const { rows } = await client.query<Lacking>(LACKING, ASKED);
  for (const { remedy } of rows) await client.query(remedy);
}

/** The same for a database that is a copy of another: a copy does not inherit its original's settings. */
export async function setForRoleAt(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await setForRole(client);
  } finally {
    await client.end();
  }
}

/**
 * Asked before a process serves. Settings that are not in force make it slow and leave the transactions of a paused process
 * open; nothing goes wrong without them, so that is said and no more.
 * @throws StartError when nothing can be written there
 */
export async function checkSessions(database: Sequelize, logger: Logger): Promise<void> {
  if (await isReadOnly(database)) {
    throw new StartError(
      'Postgres takes no writes at DATABASE_URL: it is a standby, or read-only. Name the primary, or promote it.',
    );
  }
  const lacking = await database.query<Lacking>(LACKING, { bind: ASKED, type: QueryTypes.SELECT });
  if (lacking.length === 0) return;
  logger.warn(
    { statements: lacking.map(({ remedy }) => `${remedy};`) },
    `Postgres lacks settings for this role and database (${lacking.map(({ name }) => name).join(', ')}). Run npm run ` +
      'migrate as this role, or these statements as an administrator. If that was done, a pooler still has older ' +
      'connections: let it connect anew (PgBouncer: RECONNECT).',
  );
}

/** Whether Postgres refuses to write there: a standby that was not promoted, or a full disk's precaution. */
export async function isReadOnly(database: Sequelize): Promise<boolean> {
  const [found] = await database.query<{ readOnly: boolean }>(
    `SELECT current_setting('transaction_read_only')::boolean AS "readOnly"`,
    { type: QueryTypes.SELECT },
  );
  return found?.readOnly ?? false;
}

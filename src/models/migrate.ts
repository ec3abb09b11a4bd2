import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { QueryTypes, type Sequelize } from 'sequelize';
import { Umzug } from 'umzug';
import { isTransient } from '../lib/database-errors';
import { setForRole } from '../lib/session-settings';
import { reasonOf, StartError } from '../lib/start';

const FOLDER = path.resolve(__dirname, '../../migrations');
// Any number, the same in every process: two releases at once must not run the same migration side by side.
const ADVISORY_LOCK = 7_042_001;
// What a live service has in force (session-settings.ts) is wrong for changing and reading whole tables.
const UNHURRIED =
  'SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL enable_seqscan = on;' +
  'SET LOCAL idle_in_transaction_session_timeout = 0';
// Whoever waits for the lock of a busy table keeps all others from it meanwhile: a dump that has it would end a sale.
const LOCK_PATIENCE = `SET LOCAL lock_timeout = '2s'`;
const LOCK_TRIES = 30;
const LOCK_PAUSE_MS = 2000;

/**
 * Applies every pending migration, in order, each in its own transaction; then sees to the settings of the role that has
 * applied them. Several at once share the work.
 * @returns the names of those applied now
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  return withClient({ connectionString: databaseUrl }, async (client) => {
    const applied: string[] = [];
    await (await umzug(client, applied)).up();
    await inTurn(client, async () => setForRole(client));
    return applied;
  });
}

/** Asks a database, over whatever connection. */
type Ask = <Row extends object>(sql: string) => Promise<Row[]>;

const asking =
  (client: Client): Ask =>
  async <Row extends object>(sql: string) =>
    (await client.query<Row>(sql)).rows;

/** The names of migrations that this code has and the database has not, asked over a connection of the pool. */
export async function pendingMigrations(database: Sequelize): Promise<string[]> {
  return pending(async <Row extends object>(sql: string) =>
    database.query<Row>(sql, { type: QueryTypes.SELECT }),
  );
}

/**
 * Asked before a process has anything else open.
 * @throws StartError saying what to do, when the database is behind this code: serving it would break in odd places
 */
export async function refusePendingMigrations(databaseUrl: string): Promise<void> {
  const names = await withClient({ connectionString: databaseUrl, query_timeout: 5000 }, async (client) =>
    pending(asking(client)),
  );
  if (names.length > 0)
    throw new StartError(`Migrations are pending (${names.join(', ')}). Run: npm run migrate`);
}

async function pending(ask: Ask): Promise<string[]> {
  const applied = new Set(await executed(ask));
  return (await migrationFiles()).filter((name) => !applied.has(name));
}

async function migrationFiles(): Promise<string[]> {
  return (await readdir(FOLDER)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
}

async function withClient<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...config, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
  } catch (error) {
    // Not the URL: it has the password.
    const { host, port, database } = client;
    throw new StartError(
      `Postgres cannot be used at ${host}:${port}, database ${database} (${reasonOf(error)}). Start it, or set DATABASE_URL.`,
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function umzug(client: Client, applied: string[]): Promise<Umzug> {
  const files = await migrationFiles();
  const up = async (name: string): Promise<void> => {
    if (await apply(client, name)) applied.push(name);
  };
  return new Umzug({
    migrations: files.map((name) => ({ name, up: async () => up(name) })),
    storage: {
      executed: async () => executed(asking(client)),
      logMigration: async () => undefined, // `apply` does it, in the migration's own transaction.
      unlogMigration: async ({ name }) => {
        throw new Error(`Migrations only go forward: write a new one instead of undoing ${name}`);
      },
    },
    logger: undefined,
  });
}

async function executed(ask: Ask): Promise<string[]> {
  const [table] = await ask<{ found: string | null }>(`SELECT to_regclass('migrations') AS found`);
  if (table?.found === null) return [];
  const rows = await ask<{ name: string }>('SELECT name FROM migrations ORDER BY name');
  return rows.map((row) => row.name);
}

/**
 * The migration and the note that it ran are one transaction: a crash leaves both or neither.
 * @returns false when another release has applied it meanwhile
 */
async function apply(client: Client, name: string): Promise<boolean> {
  const sql = await readFile(path.join(FOLDER, name), 'utf8');
  const inTurnOnce = async (): Promise<boolean> =>
    inTurn(client, async () => {
      await client.query(
        'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
      );
      if ((await executed(asking(client))).includes(name)) return false;
      await client.query(LOCK_PATIENCE);
      await client.query(sql);
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
      return true;
    });
  for (let tries = 1; ; tries += 1) {
    try {
      return await inTurnOnce();
    } catch (error) {
      // Several busy tables in one transaction may also wait for whoever waits for it.
      const again = isTransient(error) && tries < LOCK_TRIES;
      if (!again) throw new Error(`Migration ${name} failed`, { cause: error });
    }
    await sleep(LOCK_PAUSE_MS);
  }
}

/**
 * In one transaction, which waits for those of other releases and has all the time that it needs. The lock is the
 * transaction's: behind a pooler a session's would stay with a connection that somebody else is given next.
 */
async function inTurn<T>(client: Client, work: () => Promise<T>): Promise<T> {
  try {
    await client.query('BEGIN');
    await client.query(UNHURRIED);
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

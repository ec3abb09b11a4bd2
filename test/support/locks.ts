import type { Client, Pool } from 'pg';

/** How many sessions of a database wait for a lock now: those of one application, or at one statement (patterns of LIKE). */
export async function sessionsAtLock(
  database: Client | Pool,
  { application = '%', statement = '%' } = {},
): Promise<number> {
  const { rows } = await database.query<object>(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND application_name LIKE $1 AND query LIKE $2`,
    [application, statement],
  );
  return rows.length;
}

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { setForRoleAt } from '../../src/lib/session-settings';

/** A migrated database of one test file. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

const TEMPLATE = 'frontrow_template';
const IN_USE = '55006';

/** Makes the database that all others are copies of; migrations run once, not once for each test file. */
export async function makeTemplate(migrate: (databaseUrl: string) => Promise<unknown>): Promise<void> {
  await administer(`drop database if exists ${TEMPLATE} with (force)`);
  await administer(`create database ${TEMPLATE}`);
  await migrate(urlOf(TEMPLATE));
  // A stray connection to it would make every copy fail.
  await administer(`alter database ${TEMPLATE} with allow_connections false`);
}

/** A fresh copy of the migrated template, gone with `drop()` even while clients are still connected. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${process.env['JEST_WORKER_ID'] ?? '0'}_${randomBytes(6).toString('hex')}`;
  await copyTemplate(name);
  await setForRoleAt(urlOf(name));
  return { url: urlOf(name), drop: () => administer(`drop database if exists ${name} with (force)`) };
}

async function copyTemplate(name: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await administer(`create database ${name} template ${TEMPLATE}`);
    } catch (error) {
      // Autovacuum may be looking into the template at this moment.
      const passing = error instanceof DatabaseError && error.code === IN_USE;
      if (!passing || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function adminUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is not set: Jest’s global setup sets it');
  return url;
}

function urlOf(database: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${database}`;
  return url.toString();
}

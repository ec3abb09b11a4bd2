import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createDatabase } from '../../src/lib/database';
import { migrate, pendingMigrations, refusePendingMigrations } from '../../src/models/migrate';

const made: string[] = [];
let url: string;

async function administer(sql: string): Promise<void> {
  const client = new Client({ connectionString: process.env['TEST_DATABASE_URL'] ?? '' });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function rowsOf(sql: string): Promise<object[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<object>(sql);
  await client.end();
  return rows;
}

async function pending(): Promise<string[]> {
  const database = createDatabase({ url, pool: 1, name: 'test' });
  try {
    return await pendingMigrations(database);
  } finally {
    await database.close();
  }
}

beforeEach(async () => {
  const name = `migrate_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name}`);
  made.push(name);
  const parsed = new URL(process.env['TEST_DATABASE_URL'] ?? '');
  parsed.pathname = `/${name}`;
  url = parsed.toString();
});
afterAll(async () => {
  for (const name of made) await administer(`DROP DATABASE ${name} WITH (FORCE)`);
});

describe('migrations', () => {
  test('are all pending on an empty database, and no process starts on it', async () => {
    expect(await pending()).toContain('0001_initial.sql');
    await expect(refusePendingMigrations(url)).rejects.toThrow(/npm run migrate/);
  });

  test('run once, in order, and then none is pending', async () => {
    const applied = await migrate(url);
    expect(applied).toEqual(applied.toSorted());
    expect(await pending()).toEqual([]);
    await refusePendingMigrations(url);
    expect(await migrate(url)).toEqual([]);
  });

  test('run once when several releases run them at the same time', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, async () => migrate(url)));
    const names = await rowsOf('SELECT name FROM migrations ORDER BY name');
    expect(names).not.toEqual([]);
    expect(
      runs
        .flat()
        .toSorted()
        .map((name) => ({ name })),
    ).toEqual(names);
  });

  test('leave nothing behind when one fails, and can be run again', async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('CREATE TABLE tickets (of_somebody_else int)');
    await expect(migrate(url)).rejects.toThrow(/0001_initial\.sql failed/);
    expect(await rowsOf(`SELECT 1 FROM information_schema.tables WHERE table_name = 'bookings'`)).toEqual([]);
    await client.query('DROP TABLE tickets');
    await client.end();
    expect(await migrate(url)).toContain('0001_initial.sql');
  });
});

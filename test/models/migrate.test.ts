import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createDatabase } from '../../src/lib/database';
import { audit } from '../../src/models/audit';
import { migrate, pendingMigrations, refusePendingMigrations } from '../../src/models/migrate';
import { createShowStore } from '../../src/models/show-store';
import { initModels } from '../../src/models/tables';
import { createTicketStore } from '../../src/models/ticket-store';
import { untilIs } from '../support/until';
import { ALICE, MADE } from './world';

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

const FOLDER = path.resolve(__dirname, '../../migrations');
const migrationNames = async (): Promise<string[]> =>
  (await readdir(FOLDER)).filter((name) => /^\d{4}.*\.sql$/.test(name)).sort();
const SOLD = `SELECT t.id, t.booking_id, t.code, t.status, p.amount FROM tickets t JOIN payments p USING (booking_id) ORDER BY t.id`;

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

  test('are tried again when a busy table and they wait for each other', async () => {
    await migrate(url);
    const name = '0015_kinds_of_commands_are_checked.sql';
    await rowsOf(`DELETE FROM migrations WHERE name = '${name}'`);
    const sale = new Client({ connectionString: url });
    await sale.connect();
    try {
      // Who is told of the deadlock is who has waited for a second: the migration, which waits first.
      await sale.query('BEGIN; LOCK TABLE commands IN SHARE UPDATE EXCLUSIVE MODE');
      const again = migrate(url);
      await untilIs('the migration waits', async () => (await rowsOf(WAITING)).length, 1, { everyMs: 10 });
      await sale.query('LOCK TABLE migrations IN ACCESS EXCLUSIVE MODE');
      await sale.query('COMMIT');
      expect(await again).toEqual([name]);
    } finally {
      await sale.end();
    }
  });

  test('find what a sale has left by the build before, and leave nothing of it unchecked', async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(
        'CREATE TABLE migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())',
      );
      for (const name of (await migrationNames()).filter((each) => each < '0016')) {
        await client.query(await readFile(path.join(FOLDER, name), 'utf8'));
        await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
      }
      await client.query(MADE);
      const { rows: before } = await client.query(SOLD);
      expect(before).toHaveLength(3);
      await migrate(url);
      const { rows: after } = await client.query(SOLD);
      expect(after).toEqual(before);
    } finally {
      await client.end();
    }
    expect(await rowsOf('SELECT conname FROM pg_constraint WHERE NOT convalidated')).toEqual([]);
    expect(await rowsOf('SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid')).toEqual([]);
    const database = createDatabase({ url, pool: 2, name: 'test' });
    initModels(database);
    try {
      expect(await audit(database, { graceMs: 0 })).toEqual([]);
      const scan = { scanId: null, scheduleId: null, staffId: ALICE, requestId: null };
      const door = createTicketStore(database);
      expect((await door.checkIn({ ...scan, code: 'c1' })).is).toBe('in');
      expect((await door.checkIn({ ...scan, code: 'c4' })).is).toBe('void');
      const shows = createShowStore(database);
      expect(await shows.cancel('1', 'rain', { userId: ALICE, requestId: null })).toMatchObject({
        bookings: 2,
      });
    } finally {
      await database.close();
    }
  });

  // The first ones were made before there was anything to wait for.
  test('from the eighth on read no whole table while they keep everybody from it', async () => {
    const names = (await migrationNames()).filter((name) => name >= '0008');
    const both: string[] = [];
    for (const name of names) {
      const sql = (await readFile(path.join(FOLDER, name), 'utf8')).replaceAll(/--.*$/gm, '');
      const found = (pattern: RegExp) => [...sql.matchAll(pattern)].map(([, table]) => table);
      const made = found(/CREATE TABLE (\w+)/g);
      const reads = found(/(?:INDEX \w+ ON|ALTER TABLE(?= \w+ VALIDATE)) (\w+)/g);
      const alters = found(/ALTER TABLE (\w+)(?! VALIDATE)\b/g);
      if (alters.length > 0 && reads.some((table) => !made.includes(table))) both.push(name);
    }
    expect(both).toEqual([]);
  });
});

const WAITING = `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                  WHERE d.datname = current_database() AND NOT granted`;

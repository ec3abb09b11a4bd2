import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pino from 'pino';
import { Client } from 'pg';
import { z } from 'zod';
import { createDatabase } from '../../src/lib/database';
import { checkSessions, setForRoleAt } from '../../src/lib/session-settings';
import { migrate } from '../../src/models/migrate';
import { createTestDatabase, type TestDatabase } from '../support/database';

let testDatabase: TestDatabase;
beforeEach(async () => {
  testDatabase = await createTestDatabase();
});
afterEach(async () => testDatabase.drop());

async function asked(sql: string): Promise<object[]> {
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

const alter = async (what: string): Promise<object[]> =>
  asked(
    `DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I ${what}', current_user, current_database()); END $$`,
  );

/** What a process that starts now has to say. */
async function said(): Promise<string> {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const database = createDatabase({ url: testDatabase.url, pool: 1, name: 'test' });
  try {
    await checkSessions(database, logger);
    return lines.join('');
  } finally {
    await database.close();
  }
}

const IN_FORCE = [
  { name: 'enable_seqscan', setting: 'off' },
  { name: 'idle_in_transaction_session_timeout', setting: '5000' },
  { name: 'lock_timeout', setting: '5000' },
  { name: 'statement_timeout', setting: '5000' },
];
const inForce = async (): Promise<object[]> =>
  asked(
    `SELECT name, setting FROM pg_settings WHERE name IN ('enable_seqscan', 'statement_timeout', 'lock_timeout',
            'idle_in_transaction_session_timeout') ORDER BY name`,
  );

describe('the settings of the role', () => {
  test('are in force in whatever session it opens after the migrations, without being asked for', async () => {
    await alter('RESET ALL');
    await migrate(testDatabase.url);
    expect(await inForce()).toEqual(IN_FORCE);
    expect(await said()).toBe('');
  });

  test('that are missing are named at a start, with the statements that mend it', async () => {
    await alter('RESET ALL');
    const line = await said();
    expect(line).toContain('npm run migrate');
    const { statements } = z.object({ statements: z.array(z.string()) }).parse(JSON.parse(line));
    expect(statements).toHaveLength(IN_FORCE.length);
    for (const statement of statements) await asked(statement);
    expect(await inForce()).toEqual(IN_FORCE);
    expect(await said()).toBe('');
  });

  test('that an administrator has made stricter are left alone, and those made endless are not', async () => {
    await alter('SET statement_timeout = 3000');
    await alter('SET lock_timeout = 0');
    expect(await said()).toContain('(lock_timeout)');
    await migrate(testDatabase.url);
    expect(await inForce()).toEqual([
      ...IN_FORCE.slice(0, 3),
      { name: 'statement_timeout', setting: '3000' },
    ]);
  });

  test('are of one database: another of the same role has none', async () => {
    const other = await createTestDatabase();
    try {
      const mine = testDatabase;
      testDatabase = other;
      await alter('RESET ALL');
      testDatabase = mine;
      await setForRoleAt(mine.url);
      testDatabase = other;
      expect(await said()).toContain('enable_seqscan');
      testDatabase = mine;
    } finally {
      await other.drop();
    }
  });
});

test('a Postgres that takes no writes is refused at a start, in plain words', async () => {
  await alter('SET default_transaction_read_only = on');
  await expect(said()).rejects.toThrow(/takes no writes.*standby/);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { Sequelize } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import { createReadiness, type Readiness } from '../../src/lib/health';
import { createLogger } from '../../src/lib/logger';
import { Problem } from '../../src/lib/problems';
import { createRedis, type RedisClient, redisReady } from '../../src/lib/redis';
import { pendingMigrations } from '../../src/models/migrate';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { proxied, type Proxy } from '../support/proxy';
import { type PrivateRedis, startPrivateRedis } from '../support/redis';
import { stopwatch } from '../support/stopwatch';
import { until, untilIs } from '../support/until';

const READY = { status: 'ready', parts: { database: 'ok', redis: 'ok', migrations: 'ok' } };
const NAME = 'probed';
// The promise: said within three seconds, whatever is away.
const SAID_WITHIN_MS = 3000;

let testDatabase: TestDatabase;
let direct: Client;
let proxy: Proxy;
let database: Sequelize;
let privateRedis: PrivateRedis;
let redis: RedisClient;
let readiness: Readiness;
beforeEach(async () => {
  [testDatabase, privateRedis] = await Promise.all([createTestDatabase(), startPrivateRedis()]);
  direct = new Client({ connectionString: testDatabase.url });
  await direct.connect();
  const through = await proxied(testDatabase.url);
  proxy = through.proxy;
  database = createDatabase({ url: through.url, pool: 10, name: NAME });
  redis = createRedis(privateRedis.url, 'request', createLogger('test', 'silent'));
  await redisReady(redis);
  readiness = createReadiness({
    database,
    redis,
    pendingMigrations: async () => pendingMigrations(database),
  });
});
afterEach(async () => {
  redis.disconnect();
  await proxy.stop();
  await database.close();
  await direct.end();
  await Promise.all([testDatabase.drop(), privateRedis.stop()]);
});

/** What it says: `ready`, or the parts that are not fine. */
async function said(): Promise<string> {
  try {
    expect(await readiness()).toEqual(READY);
    return 'ready';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.code).toBe('UNAVAILABLE');
    const parts = Object.entries(error.members['parts'] ?? {});
    return parts.flatMap(([name, state]) => (state === 'ok' ? [] : [`${name}: ${String(state)}`])).join(', ');
  }
}

async function sessions(): Promise<number> {
  const { rows } = await direct.query('SELECT 1 FROM pg_stat_activity WHERE application_name = $1', [NAME]);
  return rows.length;
}

/** How often it has looked: each look pings Redis once. */
async function looks(): Promise<number> {
  return Number(/^cmdstat_ping:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

const crowd = async (size: number): Promise<Set<string>> =>
  new Set(await Promise.all(Array.from({ length: size }, said)));

test('however many ask, together or one after the other, one look a second serves them all', async () => {
  const elapsedMs = stopwatch();
  for (let round = 0; round < 3; round += 1) {
    expect(await crowd(400)).toEqual(new Set(['ready']));
    for (let asked = 0; asked < 100; asked += 1) {
      await sleep(1);
      expect(await said()).toBe('ready');
    }
  }
  expect(await sessions()).toBeLessThanOrEqual(2); // the database and its migrations are looked at together
  expect(await looks()).toBeLessThanOrEqual(1 + elapsedMs() / 1000);
});

describe('a part that goes away is named in time', () => {
  test('Redis, killed', async () => {
    expect(await said()).toBe('ready');
    await privateRedis.kill();
    await until('named', said, (what) => what.startsWith('redis: '), { withinMs: SAID_WITHIN_MS });
    await privateRedis.restart();
    await untilIs('ready', said, 'ready');
  });

  test('Redis, hanging, and nobody waits long to hear it', async () => {
    expect(await said()).toBe('ready');
    privateRedis.pause();
    try {
      await until('named', said, (what) => what.startsWith('redis: '), { withinMs: SAID_WITHIN_MS });
      const elapsedMs = stopwatch();
      await crowd(200);
      expect(elapsedMs()).toBeLessThan(SAID_WITHIN_MS);
    } finally {
      privateRedis.resume();
    }
    await untilIs('ready', said, 'ready');
  });

  test('Postgres, whose connections are reset', async () => {
    expect(await said()).toBe('ready');
    proxy.set('reset');
    await until('named', said, (what) => what.includes('database: away'), { withinMs: SAID_WITHIN_MS });
    proxy.set('clear');
    await untilIs('ready', said, 'ready');
  });

  test.each(['black hole', 'lost answers'] as const)(
    'Postgres (%s), and a flood of questions does not pile up looks',
    async (weather) => {
      expect(await said()).toBe('ready');
      proxy.set(weather);
      await until('named', said, (what) => what.includes('database: does not answer'), {
        withinMs: SAID_WITHIN_MS,
      });
      const before = await looks();
      const elapsedMs = stopwatch();
      while (elapsedMs() < 5000) {
        const waitMs = stopwatch();
        expect([...(await crowd(100))].join()).toContain('database: ');
        expect(waitMs()).toBeLessThan(SAID_WITHIN_MS);
      }
      expect((await looks()) - before).toBeLessThanOrEqual(1 + elapsedMs() / 1000);
      proxy.set('clear');
      await untilIs('ready', said, 'ready');
    },
  );
});

test('a Postgres that has become a standby is not one that serves', async () => {
  expect(await said()).toBe('ready');
  await direct.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
  );
  proxy.set('reset');
  await until('named', said, (what) => what.includes('database: away'), { withinMs: SAID_WITHIN_MS });
  proxy.set('clear');
  await untilIs('named', said, 'database: read-only', { withinMs: SAID_WITHIN_MS });
});

describe('migrations', () => {
  test('that are pending are named until they are there', async () => {
    await direct.query('CREATE TABLE kept AS SELECT * FROM migrations');
    await direct.query('DELETE FROM migrations');
    expect(await said()).toBe('migrations: pending');
    await direct.query('INSERT INTO migrations SELECT * FROM kept');
    await untilIs('ready', said, 'ready', { withinMs: SAID_WITHIN_MS });
  });

  test('are looked at again when a database has been away: another may have come back', async () => {
    expect(await said()).toBe('ready');
    proxy.set('reset');
    await until('named', said, (what) => what.includes('database: away'), { withinMs: SAID_WITHIN_MS });
    await direct.query('DELETE FROM migrations');
    proxy.set('clear');
    await untilIs('named', said, 'migrations: pending', { withinMs: SAID_WITHIN_MS });
  });
});

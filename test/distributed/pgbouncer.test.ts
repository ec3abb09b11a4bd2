import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { migrate } from '../../src/models/migrate';
import { type Fan, tally } from '../support/fan';
import { Shoppers } from '../support/shoppers';
import { type House, Stack } from '../support/stack';
import { until } from '../support/until';
import { type Pooler, type PoolerOptions, startPooler } from './pgbouncer';

// Sessions of the service: two web and two worker processes with their pools.
const CLIENTS = 80;
const FEW = 6;
const SEATS = 200;

let stack: Stack;
let pooler: Pooler;
let expectErrors = false;
afterEach(async () => {
  await stack.stop({ expectErrors });
  expectErrors = false;
  await pooler.stop();
});

async function open(options: PoolerOptions): Promise<{ house: House; fans: Fan[] }> {
  stack = await Stack.start({
    throughProxy: async (databaseUrl) => {
      pooler = await startPooler(databaseUrl, options);
      return pooler.url;
    },
  });
  return {
    house: await stack.house({ seats: SEATS, seatLimit: 20, queue: { admitIntervalMs: 100 } }),
    fans: await stack.fans(16, 10_000_000),
  };
}

const sessions = async (): Promise<number> => {
  const rows = await stack.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'frontrow %'`,
  );
  return rows.length;
};

async function expectAllEnded(shoppers: Shoppers): Promise<void> {
  const ends = tally((await shoppers.ends()).map(({ status, error }) => error?.code ?? status));
  expect(ends['completed']).toBeGreaterThan(20);
  expect(ends['COMMAND_FAILED']).toBeUndefined();
  expect(await stack.violations()).toEqual([]);
}

describe.each([
  { mode: 'session' as const, poolSize: CLIENTS },
  { mode: 'transaction' as const, poolSize: FEW },
])('behind PgBouncer in $mode mode', (options) => {
  test('everything is sold as without it, and nothing is asked for that it refuses', async () => {
    const { house, fans } = await open(options);
    const shoppers = new Shoppers(fans, house, SEATS - 1);
    await shoppers.acknowledge(300, 60_000);
    expect(await sessions()).toBeLessThanOrEqual(options.poolSize);
    await shoppers.stop();
    expect(shoppers.troubles).toEqual([]);
    await expectAllEnded(shoppers);
    // The role's settings are in force in the sessions that the pooler has opened.
    for (const each of [...stack.webs, ...stack.workers]) expect(each.log).not.toContain('lacks settings');
  });

  test('a pooler that is killed and comes back loses nothing', async () => {
    expectErrors = true;
    const { house, fans } = await open(options);
    const shoppers = new Shoppers(fans, house, SEATS - 1);
    await shoppers.acknowledge(50);
    await pooler.kill();
    await until(
      'it is missed',
      async () => shoppers.troubles.length,
      (count) => count > 0,
    );
    await pooler.restart();
    await shoppers.acknowledge(50);
    await shoppers.stop();
    await expectAllEnded(shoppers);
  });

  test('migrations run once, however many releases run them at the same time', async () => {
    await open(options);
    const name = `pooled_${randomBytes(6).toString('hex')}`;
    const at = (from: string): string => Object.assign(new URL(from), { pathname: `/${name}` }).toString();
    await stack.query(`CREATE DATABASE ${name}`);
    try {
      const runs = await Promise.all(Array.from({ length: 3 }, async () => migrate(at(pooler.url))));
      const client = new Client({ connectionString: at(stack.database.url) });
      await client.connect();
      const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY name');
      const { rows: settings } = await client.query('SHOW enable_seqscan');
      await client.end();
      expect(runs.flat().toSorted()).toEqual(rows.map((row) => row.name));
      expect(rows).not.toEqual([]);
      expect(settings).toEqual([{ enable_seqscan: 'off' }]);
    } finally {
      await stack.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});

test('a pooler that knows no prepared statements is an outage, and no command’s fault', async () => {
  expectErrors = true;
  const { house, fans } = await open({ mode: 'transaction', poolSize: FEW });
  const shoppers = new Shoppers(fans, house, SEATS - 1);
  await shoppers.acknowledge(20);
  await pooler.restart({ preparedStatements: 0 });
  const met = async (): Promise<number> =>
    stack.workers
      .map(({ log }) => log)
      .join('\n')
      .match(/"message":"prepared statement \S+ (does not|already) exist/g)?.length ?? 0;
  await until('transactions met it', met, (count) => count >= 20);
  await pooler.restart({ preparedStatements: 200 });
  await shoppers.acknowledge(20);
  await shoppers.stop();
  await expectAllEnded(shoppers);
});

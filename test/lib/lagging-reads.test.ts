import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import { createLaggingReads, type LaggingReads, type Where } from '../../src/lib/lagging-reads';
import { createLogger } from '../../src/lib/logger';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { type Proxy, proxied, type Weather } from '../support/proxy';
import { stopwatch } from '../support/stopwatch';
import { untilIs } from '../support/until';

// Two databases of one server: by its name each says whom was asked.
let primary: TestDatabase;
let standby: TestDatabase;
let proxy: Proxy;
let database: Sequelize;
let reads: LaggingReads;
beforeEach(async () => {
  [primary, standby] = [await createTestDatabase(), await createTestDatabase()];
  const way = await proxied(standby.url);
  proxy = way.proxy;
  database = createDatabase({ url: primary.url, readUrl: way.url, pool: 3, name: 'test' });
  reads = createLaggingReads(database, createLogger('test', 'silent'));
});
afterEach(async () => {
  await reads.close();
  await proxy.stop();
  await database.close();
  await Promise.all([primary.drop(), standby.drop()]);
});

async function nameOf(options: Partial<Where> & { transaction?: Transaction } = {}): Promise<string> {
  const [row] = await database.query<{ name: string }>('SELECT current_database() AS name', {
    type: QueryTypes.SELECT,
    ...options,
  });
  return row?.name === undefined ? '' : whichOf(row.name);
}

const whichOf = (name: string): string =>
  new URL(primary.url).pathname === `/${name}` ? 'primary' : 'standby';
const lagging = async (): Promise<string> => reads.mayLag(nameOf);

async function untilReadFrom(which: 'primary' | 'standby'): Promise<void> {
  await untilIs(`read from the ${which}`, lagging, which, { withinMs: 5000 });
}

test('only what says that it may lag is read from the standby', async () => {
  await untilReadFrom('standby');
  expect(await nameOf()).toBe('primary');
  for (const readOnly of [true, false]) {
    const name = await database.transaction({ readOnly }, async (transaction) => nameOf({ transaction }));
    expect([readOnly, name]).toEqual([readOnly, 'primary']);
  }
});

test('nothing is read from a standby that nobody has looked at yet', async () => {
  expect(await lagging()).toBe('primary');
});

describe('a standby', () => {
  test.each<Weather>(['reset', 'black hole', 'lost answers'])(
    'that is away (%s) is done without, and is back by itself',
    async (weather) => {
      await untilReadFrom('standby');
      proxy.set(weather);
      const elapsedMs = stopwatch();
      expect(await Promise.all(Array.from({ length: 20 }, lagging))).toEqual(Array(20).fill('primary'));
      expect(elapsedMs()).toBeLessThan(2500); // a request is answered within 3 s
      const againMs = stopwatch();
      expect(await lagging()).toBe('primary');
      expect(againMs()).toBeLessThan(500);
      proxy.set('clear');
      await untilIs('read from the standby', lagging, 'standby', { withinMs: 15_000 });
    },
    30_000,
  );

  test('that cannot answer leaves the read to the primary', async () => {
    await untilReadFrom('standby');
    await database.query('CREATE TABLE of_primary AS SELECT 7 AS n');
    const rows = await reads.mayLag(async (where) =>
      database.query('SELECT n FROM of_primary', { type: QueryTypes.SELECT, ...where }),
    );
    expect(rows).toEqual([{ n: 7 }]);
  });
});

test('a fault of the read itself is told', async () => {
  await untilReadFrom('standby');
  const wrong = reads.mayLag(async (where) => database.query('SELECT nothing', where));
  await expect(wrong).rejects.toThrow(/column "nothing" does not exist/);
});

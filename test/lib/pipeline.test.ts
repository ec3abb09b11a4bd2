import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import { inTwoTrips, type Prepared, type Run } from '../../src/lib/pipeline';
import { createTestDatabase, type TestDatabase } from '../support/database';

let testDatabase: TestDatabase;
let database: Sequelize;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, pool: 1, name: 'test' });
  await database.query('CREATE TABLE things (id int PRIMARY KEY)');
});
beforeEach(async () => {
  await database.query('TRUNCATE things');
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const inserting = (...ids: number[]): Prepared[] =>
  ids.map((id) => ({ statement: { name: 'insert', text: 'INSERT INTO things VALUES ($1)' }, values: [id] }));
const nothing = async (): Promise<null> => null;
const things = async (): Promise<number> => {
  const [rows] = await database.query('SELECT * FROM things');
  return rows.length;
};

describe('a transaction in two trips', () => {
  test('writes by what it has read', async () => {
    const read = async (run: Run) => run<{ n: number }>({ name: 'n', text: 'SELECT 7 AS n' }, []);
    await inTwoTrips(database, read, ([row]) => inserting(row?.n ?? 0, 8));
    expect(await things()).toBe(2);
  });

  test('writes nothing when one of its statements is refused, and gives its only connection back', async () => {
    await expect(inTwoTrips(database, nothing, () => inserting(1, 1, 2))).rejects.toThrow(/duplicate key/);
    expect(await things()).toBe(0);
    await inTwoTrips(database, nothing, () => inserting(3));
    expect(await things()).toBe(1);
  });

  test('writes nothing when deciding fails in between', async () => {
    const write = (): never => {
      throw new Error('undecided');
    };
    await expect(inTwoTrips(database, nothing, write)).rejects.toThrow('undecided');
    expect(await things()).toBe(0);
    const [open] = await database.query('SELECT pg_current_xact_id_if_assigned() AS id');
    expect(open).toEqual([{ id: null }]);
  });

  test('is run again when a concurrent writer was faster', async () => {
    let tries = 0;
    const read = async (): Promise<number> => (tries += 1);
    await inTwoTrips(database, nothing, () => inserting(1));
    await inTwoTrips(database, read, (id) => inserting(id), { retryOn: ['things_pkey'] });
    expect(tries).toBe(2);
    expect(await things()).toBe(2);
  });

  test('never plans to read a table from end to end, however small it is', async () => {
    const [rows] = await database.query('EXPLAIN SELECT * FROM things WHERE id = 5');
    expect(JSON.stringify(rows)).toMatch(/Index/);
  });
});

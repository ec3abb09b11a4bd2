import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createAccountStore } from '../../src/models/account-store';
import { createDatabase } from '../../src/lib/database';
import { createPointStore, type PointStore } from '../../src/models/point-store';
import { initModels } from '../../src/models/tables';
import { createTestDatabase, type TestDatabase } from '../support/database';

let testDatabase: TestDatabase;
let database: Sequelize;
let points: PointStore;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, pool: 8, name: 'test' });
  initModels(database);
  points = createPointStore(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

let made = 0;
async function newUser(): Promise<string> {
  made += 1;
  const account = { email: `${made}@x.test`, name: 'F', passwordHash: '' };
  const user = await createAccountStore(database).create(account);
  if (user === null) throw new Error('no user');
  return user.id;
}

const used = (key: string, requestHash = 'h') => ({ key, requestHash });

describe('charging', () => {
  test('many times at once adds every charge once, one entry after the other', async () => {
    const userId = await newUser();
    const amounts = Array.from({ length: 30 }, (_, n) => n + 1);
    await Promise.all(amounts.map(async (amount) => points.charge(userId, amount, null)));
    const entries = (await points.history(userId, 100, null)).toReversed();
    expect(entries.map(({ id }) => id)).toEqual(amounts.map(String));
    let balance = 0;
    for (const { amount, balanceAfter } of entries) expect(balanceAfter).toBe((balance += amount));
    expect(balance).toBe(465);
    expect(await points.balance(userId)).toBe(465);
  });

  test('again with the same key charges nothing, and says the same', async () => {
    const userId = await newUser();
    const first = await points.charge(userId, 700, used('k'));
    await points.charge(userId, 1, null);
    const again = await points.charge(userId, 700, used('k'));
    expect(first.replayed).toBe(false);
    expect(again).toEqual({ ...first, replayed: true });
    expect(again.entry.createdAt).toBeInstanceOf(Date);
    expect(await points.balance(userId)).toBe(701);
  });

  test('at once with the same key charges once', async () => {
    const userId = await newUser();
    const all = await Promise.all(
      Array.from({ length: 10 }, async () => points.charge(userId, 5, used('k'))),
    );
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(all.map(({ entry }) => JSON.stringify(entry))).size).toBe(1);
    expect(await points.balance(userId)).toBe(5);
  });

  test('another request with the same key is refused, and changes nothing', async () => {
    const userId = await newUser();
    await points.charge(userId, 5, used('k'));
    await expect(points.charge(userId, 6, used('k', 'other'))).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await points.balance(userId)).toBe(5);
  });

  test('again with a key that a process of the release before has stored says what that one said', async () => {
    const userId = await newUser();
    const entry = { id: '1', amount: 9, balanceAfter: 9, type: 'CHARGE', bookingId: null };
    const outcome = { balance: 9, entry: { ...entry, createdAt: '2026-01-02T03:04:05.678Z' } };
    await database.query(
      `INSERT INTO commands (id, user_id, kind, payload, idempotency_key, request_hash, status, outcome, finished_at)
       VALUES (gen_random_uuid(), $1, 'charge', '{"amount": 9}', 'old', 'h', 'completed', $2, now())`,
      { bind: [userId, JSON.stringify(outcome)] },
    );
    expect(await points.charge(userId, 9, used('old'))).toEqual({
      balance: 9,
      entry: { ...entry, createdAt: new Date('2026-01-02T03:04:05.678Z') },
      replayed: true,
    });
    // And what is stored now is what that release would read.
    const { entry: written } = await points.charge(userId, 9, used('new'));
    const [[stored]] = await database.query(
      `SELECT outcome FROM commands WHERE user_id = $1 AND idempotency_key = 'new'`,
      { bind: [userId] },
    );
    const now = { ...entry, balanceAfter: 9, createdAt: written.createdAt.toISOString() };
    expect(stored).toEqual({ outcome: { balance: 9, entry: now } });
  });

  test('more than a charge may be is refused before anything is written', async () => {
    const userId = await newUser();
    await expect(points.charge(userId, 10_000_001, null)).rejects.toThrow(RangeError);
    expect(await points.history(userId, 9, null)).toEqual([]);
  });
});

test('nobody knows the balance of somebody unknown: it is nothing', async () => {
  expect(await points.balance('00000000-0000-7000-8000-000000000000')).toBe(0);
});

test('a history is read in pages, newest first, of one user only, in numbers past 32 bits', async () => {
  const [userId, other] = [await newUser(), await newUser()];
  await points.charge(other, 1, null);
  await database.query(
    `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type)
     SELECT $1, n, 4e9, (n - 1) * 4e9, n * 4e9, 'CHARGE' FROM generate_series(1, 12) n`,
    { bind: [userId] },
  );
  await database.query('UPDATE points SET balance = 48e9, last_entry = 12 WHERE user_id = $1', {
    bind: [userId],
  });
  expect(await points.balance(userId)).toBe(48e9);
  // By number, not by text: 9 comes after 10.
  const page = await points.history(userId, 3, 11);
  expect(page.map(({ id, balanceAfter }) => [id, balanceAfter])).toEqual([
    ['10', 40e9],
    ['9', 36e9],
    ['8', 32e9],
  ]);
  expect(await points.history(userId, 3, 1)).toEqual([]);
  const { entry, balance } = await points.charge(userId, 1, null);
  expect([entry.id, entry.balanceAfter, balance]).toEqual(['13', 48e9 + 1, 48e9 + 1]);
});

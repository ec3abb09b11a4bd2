import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import { runGroup } from '../../src/jobs/schedules/run-group';
import { createDatabase } from '../../src/lib/database';
import { type CommandStore, createCommandStore, type NewCommand } from '../../src/models/command-store';
import { createPointStore } from '../../src/models/point-store';
import { Shop } from '../jobs/shop';
import { sessionsAtLock } from '../support/locks';
import { until } from '../support/until';

const ROUNDS = 60;
const BATCH = 100;

let shop: Shop;
let stores: CommandStore[];
const databases: ReturnType<typeof createDatabase>[] = [];
beforeAll(async () => {
  shop = await Shop.open();
  for (const name of ['one process', 'another process'])
    databases.push(createDatabase({ url: shop.testDatabase.url, pool: 2, name }));
  stores = databases.map(createCommandStore);
});
afterEach(async () => shop.clear());
afterAll(async () => {
  await Promise.all(databases.map(async (database) => database.close()));
  await shop.close();
});

/** One command for each number, each with a key of its own when it has a prefix. */
const batch = (prefix: string | null): NewCommand[] =>
  Array.from({ length: BATCH }, (_, n) =>
    shop.hold(1 + n, prefix === null ? {} : { idempotency: { key: `${prefix} ${n}`, requestHash: 'h' } }),
  );

describe('recording commands', () => {
  test('the same keys in opposite order, from two processes at once: no fault, and one outcome a key', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const batches = [batch(`r${round}`), batch(`r${round}`).toReversed()];
      const recorded = await Promise.all(batches.map(async (each, i) => stores[i]?.record(each)));
      const owners = batches.map((each, i) =>
        each.map(({ command: { id }, idempotency }) => [idempotency?.key, recorded[i]?.get(id)?.id ?? id]),
      );
      expect(new Map(owners[0]?.map(([key, id]) => [key, id]))).toEqual(
        new Map(owners[1]?.map(([key, id]) => [key, id])),
      );
    }
    expect(await shop.rows()).toHaveLength(ROUNDS * BATCH);
  });

  test('late, in another order than a worker that ends them at the same moment: no fault, and all have ended', async () => {
    const parts = shop.workerParts();
    for (let round = 0; round < ROUNDS; round += 1) {
      const commands = batch(null);
      const going = commands.map(({ command: { id, userId } }) => ({
        id,
        userId,
        kind: 'cancel' as const,
        bookingId: uuidv7(),
      }));
      await Promise.all([
        runGroup(parts, { scheduleId: shop.scheduleId, commands: going }),
        stores[0]?.record(commands.toReversed()),
      ]);
    }
    const rows = await shop.rows();
    expect(rows).toHaveLength(ROUNDS * BATCH);
    expect(rows.filter(({ status }) => status === 'queued')).toEqual([]);
  });

  test('is tried again when Postgres takes it for one side of a deadlock', async () => {
    // In the order of locks.
    const commands = ['d 1', 'd 2', 'd 3'].map((key) =>
      shop.hold(1, { idempotency: { key, requestHash: 'h' } }),
    );
    const [low, middle, high] = commands;
    if (low === undefined || middle === undefined || high === undefined) throw new Error('no commands');
    const [other, pause] = [1, 2].map(() => new Client({ connectionString: shop.testDatabase.url }));
    if (other === undefined || pause === undefined) throw new Error('no clients');
    const insert = async (
      client: Client,
      { command: { userId }, idempotency }: NewCommand,
    ): Promise<unknown> =>
      client.query(
        `INSERT INTO commands (id, user_id, kind, payload, idempotency_key, request_hash, status, outcome, finished_at)
         VALUES ($1, $2, 'charge', '{}', $3, 'h', 'completed', '{}', now())`,
        [uuidv7(), userId, idempotency?.key],
      );
    const waiting = async (sessions: number): Promise<unknown> =>
      until(
        'waiting',
        async () => sessionsAtLock(pause),
        (count) => count === sessions,
        { everyMs: 5 },
      );
    await Promise.all([other.connect(), pause.connect()]);
    try {
      // A session looks for a deadlock once, when it has waited for this long: the other side must not be the one to find it.
      await other.query(`SET deadlock_timeout = '1min'`);
      await Promise.all([other.query('BEGIN'), pause.query('BEGIN')]);
      await insert(other, high);
      await insert(pause, middle);
      // It has the low key by now and waits for the middle one.
      const recording = stores[0]?.record(commands);
      await waiting(1);
      const committed = insert(other, low).then(async () => other.query('COMMIT'));
      await waiting(2);
      await pause.query('ROLLBACK');
      await committed;
      const recorded = await recording;
      expect(commands.map(({ command }) => recorded?.get(command.id)?.kind ?? null)).toEqual([
        'charge',
        null,
        'charge',
      ]);
    } finally {
      await Promise.all([other.end(), pause.end()]);
    }
  });

  test('with a key that a charge uses at the same moment: no fault, and the key has one outcome', async () => {
    const points = databases.map((database) => createPointStore(database));
    for (let round = 0; round < ROUNDS; round += 1) {
      const commands = batch(`c${round}`).slice(0, 10);
      const charges = commands.toReversed().map(async ({ command: { userId }, idempotency }) =>
        points[1]?.charge(userId, 1, idempotency).then(
          () => 'charged',
          (error: Error) => error.message,
        ),
      );
      const [recorded] = await Promise.all([stores[0]?.record(commands), ...charges]);
      expect([...(recorded?.keys() ?? [])].toSorted()).toEqual(
        commands.map(({ command }) => command.id).toSorted(),
      );
    }
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../../src/booking/types';
import { type GroupParts, runGroup } from '../../../src/jobs/schedules/run-group';
import { createDatabase } from '../../../src/lib/database';
import { isDatabaseAway, sqlState } from '../../../src/lib/database-errors';
import { audit } from '../../../src/models/audit';
import { sessionsAtLock } from '../../support/locks';
import { until } from '../../support/until';
import { Shop } from '../shop';

let shop: Shop;
let parts: GroupParts;
beforeAll(async () => {
  shop = await Shop.open();
  parts = shop.workerParts();
});
afterEach(async () => {
  expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]);
  await shop.clear();
});
afterAll(async () => shop.close());

const seats = async (): Promise<number> => {
  const [rows] = await shop.database.query('SELECT * FROM seat_claims');
  return rows.length;
};

describe('a group of commands', () => {
  test('is decided in its order, each with its own outcome', async () => {
    const commands = [
      shop.holdCommand(1, shop.user(1)),
      shop.holdCommand(1, shop.user(2)),
      shop.holdCommand(2),
    ];
    const [result] = await runGroup(parts, { scheduleId: shop.scheduleId, commands: commands });
    expect(result?.ended.map(({ id, status }) => [id, status])).toEqual([
      [commands[0]?.id, 'completed'],
      [commands[1]?.id, 'rejected'],
      [commands[2]?.id, 'completed'],
    ]);
    expect(await shop.statuses()).toEqual(['completed', 'SEAT_TAKEN', 'completed']);
    expect(result?.version).not.toBeNull();
  });

  test('run twice does nothing twice', async () => {
    const commands = [shop.holdCommand(1), shop.holdCommand(2)];
    const [first] = await runGroup(parts, { scheduleId: shop.scheduleId, commands: commands });
    const [again] = await runGroup(parts, { scheduleId: shop.scheduleId, commands: commands });
    expect(again).toMatchObject({ ended: [], version: null });
    expect(again?.endedBefore).toEqual(
      first?.ended.map((each) => ({ ...each, finishedAtMs: expect.any(Number) })),
    );
    expect(await shop.statuses()).toEqual(['completed', 'completed']);
    expect(await seats()).toBe(2);
  });

  test('run in two processes at once is done by one of them', async () => {
    const other = createDatabase({ url: shop.testDatabase.url, pool: 4, name: 'another process' });
    try {
      for (let round = 0; round < 10; round += 1) {
        const commands = Array.from({ length: 5 }, (_, i) => shop.holdCommand(1 + round * 5 + i));
        const results = await Promise.all([
          runGroup(parts, { scheduleId: shop.scheduleId, commands: commands }),
          runGroup({ ...parts, database: other }, { scheduleId: shop.scheduleId, commands: commands }),
        ]);
        const finished = results.flat().flatMap((result) => result.ended.map(({ id }) => id));
        expect(finished.sort()).toEqual(commands.map(({ id }) => id));
      }
      expect(await seats()).toBe(50);
    } finally {
      await other.close();
    }
  });

  test('of a single command is decided by statements that are planned once, not anew for each', async () => {
    const single = createDatabase({ url: shop.testDatabase.url, pool: 1, name: 'plans' });
    const { scheduleId } = shop;
    const run = async (command: Command) =>
      runGroup({ ...parts, database: single }, { scheduleId, commands: [command] });
    try {
      for (let n = 1; n <= 12; n += 1) {
        const hold = shop.holdCommand(n);
        await run(hold);
        await run(shop.payCommand(hold));
        await run({ id: uuidv7(), userId: hold.userId, kind: 'cancel', bookingId: hold.id });
      }
      // Postgres plans the first five executions anew in any case.
      const [planned] = await single.query(
        `SELECT name FROM pg_prepared_statements WHERE name LIKE 'group-%' AND generic_plans + custom_plans > 5`,
      );
      expect(planned.length).toBeGreaterThan(10);
      const [anew] = await single.query(
        `SELECT name, custom_plans FROM pg_prepared_statements WHERE name LIKE 'group-%' AND custom_plans > 5`,
      );
      expect(anew).toEqual([]);
    } finally {
      await single.close();
    }
  });

  test('does not go down with one command that the database will not take: that one fails, alone', async () => {
    const nobody = uuidv7(); // No such user: the booking cannot be written.
    const commands = [
      shop.holdCommand(1),
      shop.holdCommand(2),
      shop.holdCommand(3, nobody),
      shop.holdCommand(4),
    ];
    const results = await runGroup(parts, { scheduleId: shop.scheduleId, commands: commands });
    const finished = new Map(results.flatMap((result) => result.ended.map(({ id, status }) => [id, status])));
    expect(commands.map(({ id }) => finished.get(id))).toEqual([
      'completed',
      'completed',
      'failed',
      'completed',
    ]);
    expect(await shop.statuses()).toEqual(['completed', 'completed', 'COMMAND_FAILED', 'completed']);
    expect(await seats()).toBe(3);
  });

  test('looks again when somebody else takes a seat without the lock: nothing fails, and the other one has it', async () => {
    const client = new Client({ connectionString: shop.testDatabase.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `WITH booking AS (
           INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at)
           SELECT $1, $2, concert_id, id, '{1}', 100, 'PENDING', now(), now() + interval '1 minute'
             FROM schedules WHERE id = $3 RETURNING id)
         INSERT INTO seat_claims (schedule_id, seat_number, booking_id) SELECT $3, 1, id FROM booking`,
        [uuidv7(), shop.user(7), shop.scheduleId],
      );
      const running = runGroup(parts, { scheduleId: shop.scheduleId, commands: [shop.holdCommand(1)] });
      await until(
        'waiting',
        async () => sessionsAtLock(client),
        (count) => count > 0,
        { everyMs: 5 },
      );
      await client.query('COMMIT');
      await running;
    } finally {
      await client.end();
    }
    expect(await shop.statuses()).toEqual(['SEAT_TAKEN']);
  });

  test('that fails here and has ended elsewhere meanwhile is told as it is stored', async () => {
    const commands = [shop.holdCommand(1)];
    let looks = 0;
    const overtaken: GroupParts = {
      ...parts,
      catalog: {
        ...parts.catalog,
        find: async (scheduleId) => {
          looks += 1;
          if (looks > 1) return parts.catalog.find(scheduleId);
          await runGroup(parts, { scheduleId, commands });
          throw new Error('something went wrong in this process');
        },
      },
    };
    const [result] = await runGroup(overtaken, { scheduleId: shop.scheduleId, commands });
    expect(result).toMatchObject({ ended: [], endedBefore: [{ id: commands[0]?.id, status: 'completed' }] });
    expect(await shop.statuses()).toEqual(['completed']);
  });

  test('leaves everything as it was when Postgres is away', async () => {
    const gone = createDatabase({ url: 'postgres://127.0.0.1:1/nowhere', pool: 1, name: 'nowhere' });
    await expect(
      runGroup(
        { ...parts, database: gone },
        { scheduleId: shop.scheduleId, commands: [shop.holdCommand(1)] },
      ),
    ).rejects.toThrow();
    await gone.close();
    expect(await shop.statuses()).toEqual([]);
    expect(await seats()).toBe(0);
  });

  test('leaves everything as it was on a server that takes no writes, and asks another one next', async () => {
    const mayWrite = async (answer: 'off' | 'on'): Promise<unknown> =>
      shop.database.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = ${answer === 'off' ? 'on' : 'off'}',
                                    current_database()); END $$`,
      );
    const moving = createDatabase({ url: shop.testDatabase.url, pool: 1, name: 'moving' });
    const group = { scheduleId: shop.scheduleId, commands: [shop.holdCommand(1)] };
    await mayWrite('off');
    const refused = await runGroup({ ...parts, database: moving }, group).catch((error: unknown) => error);
    expect([sqlState(refused), isDatabaseAway(refused)]).toEqual(['25006', true]);
    expect(await shop.statuses()).toEqual([]);
    await mayWrite('on');
    await runGroup({ ...parts, database: moving }, group);
    await moving.close();
    expect(await shop.statuses()).toEqual(['completed']);
  });

  test('of no commands releases the holds that have ended, and nothing else', async () => {
    await runGroup(parts, {
      scheduleId: shop.scheduleId,
      commands: [shop.holdCommand(1), shop.holdCommand(2)],
    });
    await shop.database.query(
      `UPDATE bookings SET created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour'
        WHERE seat_numbers = '{1}'`,
    );
    const [result] = await runGroup(parts, { scheduleId: shop.scheduleId, commands: [] });
    expect(result?.changes.seatStates).toEqual(new Map([[1, 'AVAILABLE']]));
    expect(await seats()).toBe(1);
    expect(await runGroup(parts, { scheduleId: shop.scheduleId, commands: [] })).toMatchObject([
      { version: null },
    ]);
  });

  test('takes a seat whose hold has ended, released or not', async () => {
    await runGroup(parts, { scheduleId: shop.scheduleId, commands: [shop.holdCommand(1, shop.user(1))] });
    await shop.database.query(
      `UPDATE bookings SET created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour'`,
    );
    await runGroup(parts, { scheduleId: shop.scheduleId, commands: [shop.holdCommand(1, shop.user(2))] });
    expect(await shop.statuses()).toEqual(['completed', 'completed']);
    expect(await seats()).toBe(1);
  });
});

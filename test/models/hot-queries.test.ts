import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import type { Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import type { Booking, Changes, Command } from '../../src/booking/types';
import { createDatabase } from '../../src/lib/database';
import type { Run } from '../../src/lib/pipeline';
import { createAccountStore } from '../../src/models/account-store';
import { createCommandStore } from '../../src/models/command-store';
import { createRetentionStore, NO_SCHEDULE } from '../../src/models/retention-store';
import { createRoomRecords } from '../../src/models/room-records';
import { groupWrites } from '../../src/models/group-changes';
import { createFanStore } from '../../src/models/fan-store';
import { createHallMemory } from '../../src/models/hall-memory';
import { loadGroups } from '../../src/models/group-state';
import { createPointStore } from '../../src/models/point-store';
import { createPurchaseStore } from '../../src/models/purchase-store';
import { createScheduleExports } from '../../src/models/schedule-export';
import { createScheduleStore } from '../../src/models/schedule-store';
import { type CatalogEntry, createSeatCatalog } from '../../src/models/seat-catalog';
import { initModels } from '../../src/models/tables';
import { createTicketStore } from '../../src/models/ticket-store';
import { createWaitlistStore } from '../../src/models/waitlist-store';
import { createUpkeepStore } from '../../src/models/upkeep-store';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { enters, FILL, scanned, type Statement } from './plans';

let testDatabase: TestDatabase;
let client: Client;
let database: Sequelize;
let fan: string;
let bookingId: string;
let catalogEntry: CatalogEntry;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query(FILL);
  // As on solid-state disks. By the default, tables as small as these are read whole where large ones would not be.
  await client.query('SET random_page_cost = 1.1');
  database = createDatabase({ url: testDatabase.url, pool: 2, name: 'test' });
  initModels(database);
  const { rows } = await client.query<{ id: string; user: string }>(
    `SELECT id, user_id AS user FROM bookings WHERE status = 'PAID' AND schedule_id = 1 LIMIT 1`,
  );
  [bookingId, fan] = [rows[0]?.id ?? '', rows[0]?.user ?? ''];
  const found = await createSeatCatalog(database).find('1');
  if (found === null) throw new Error('no catalog');
  catalogEntry = found;
}, 60_000);
afterAll(async () => {
  await database.close();
  await client.end();
  await testDatabase.drop();
});

/** Everything that Sequelize is asked while `work` runs. */
async function asked(work: () => Promise<unknown>): Promise<Statement[]> {
  const query = jest.spyOn(database, 'query');
  try {
    await work();
    return query.mock.calls.map(([sql, options]) => statementOf(sql, options));
  } finally {
    query.mockRestore();
  }
}

// Statements of our own have their values in the options, those that Sequelize makes beside the text.
function statementOf(sql: string | { query: string; bind?: unknown }, options: unknown): Statement {
  const given = typeof sql === 'string' ? options : sql;
  const bound = typeof given === 'object' && given !== null && 'bind' in given ? given.bind : [];
  return { text: typeof sql === 'string' ? sql : sql.query, values: Array.isArray(bound) ? bound : [] };
}

/** Statements of the hot path are handed to this instead of the database. */
function recording(into: Statement[]): Run {
  return async ({ name, text }, values) => {
    into.push({ text, values });
    if (name !== 'group-clock' && name !== 'group-lock') return [];
    return (await client.query<never>({ text, values })).rows;
  };
}

const explainable = ({ text }: Statement): boolean => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/i.test(text);

async function expectNoScan(statements: Statement[]): Promise<void> {
  expect(statements.filter(explainable)).not.toEqual([]);
  for (const statement of statements.filter(explainable)) {
    expect({ text: statement.text, scanned: await scanned(client, statement) }).toEqual({
      text: statement.text,
      scanned: [],
    });
  }
}

const purchases = () => createPurchaseStore(database, createSeatCatalog(database));
const page = () => ({ limit: 21, before: uuidv7() });

const OPTIONS = { holdTtlMs: 300_000, releaseLimit: 500, memory: createHallMemory() };

describe('no hot query reads a large table from end to end', () => {
  const commands = (): Command[] => [
    { id: uuidv7(), userId: fan, kind: 'hold', seatNumbers: [401, 402] },
    { id: uuidv7(), userId: fan, kind: 'pay', bookingId },
    { id: uuidv7(), userId: fan, kind: 'cancel', bookingId },
  ];

  test('to load a group of commands', async () => {
    const statements: Statement[] = [];
    await loadGroups(recording(statements), [{ entry: catalogEntry, commands: commands() }], OPTIONS);
    expect(statements).toHaveLength(7);
    await expectNoScan(statements);
  });

  test('and a group finds the holds that have ended without reading those that have not', async () => {
    const statements: Statement[] = [];
    await loadGroups(recording(statements), [{ entry: catalogEntry, commands: [] }], OPTIONS);
    const conditions: string[] = [];
    for (const statement of statements) conditions.push(...(await enters(client, statement, 'bookings_due')));
    expect(conditions).toEqual([expect.stringContaining('expires_at <=')]);
  });

  test('to write what a group has changed', async () => {
    const now = Date.now();
    const booking: Booking = {
      id: uuidv7(),
      userId: fan,
      seatNumbers: [401],
      totalPrice: 100,
      status: 'PENDING',
      createdAt: now,
      expiresAt: now + 1000,
      paidAt: null,
      entryId: null,
    };
    const entry = {
      userId: fan,
      entry: 11,
      amount: -100,
      balanceAfter: 900,
      type: 'USE' as const,
      bookingId,
    };
    const payment = {
      id: uuidv7(),
      bookingId,
      userId: fan,
      amount: 100,
      status: 'PAID' as const,
      createdAt: now,
    };
    const ticket = {
      id: uuidv7(),
      bookingId,
      userId: fan,
      seatNumber: 401,
      code: 'x',
      status: 'VALID' as const,
    };
    const waiter = {
      id: uuidv7(),
      userId: fan,
      sequence: 99_999,
      count: 1,
      sections: ['A'],
      accessible: false,
      createdAt: now,
    };
    const changes: Changes = {
      newBookings: [booking],
      changedBookings: [{ ...booking, id: bookingId }],
      freedSeats: [1],
      claimedSeats: [{ seatNumber: 401, bookingId }],
      newPayments: [payment],
      refundedPayments: [payment.id],
      newTickets: [ticket],
      voidedTickets: [ticket.id],
      entries: [entry],
      enlisted: [waiter],
      offeredEntries: [uuidv7()],
      withdrawnEntries: [waiter],
      seatStates: new Map([[401, 'HELD']]),
    };
    const going = commands();
    const ended = going.map(({ id, userId, kind }) => ({
      id,
      userId,
      kind,
      status: 'completed' as const,
      outcome: {},
      finishedAtMs: now,
    }));
    const group = { schedule: catalogEntry.schedule, commands: going, ended, changes };
    const writes = groupWrites([group], now);
    const statements = writes.map(({ statement: { text }, values }) => ({ text, values }));
    expect(statements).toHaveLength(16);
    await expectNoScan(statements);
  });

  test('to load a waiting list and what is done with it', async () => {
    const statements: Statement[] = [];
    const listed: Command[] = [
      { id: uuidv7(), userId: fan, kind: 'enlist', count: 1, sections: null, accessible: false },
      { id: uuidv7(), userId: fan, kind: 'withdraw', entryId: uuidv7() },
    ];
    const hall = await createSeatCatalog(database).hall('1');
    await client.query('UPDATE schedules SET waitlist_version = 1 WHERE id = 1');
    await loadGroups(recording(statements), [{ entry: catalogEntry, hall, commands: listed }], OPTIONS);
    expect(statements).toHaveLength(8);
    await expectNoScan(statements);
  });

  test('to show who waits for what', async () => {
    const store = createWaitlistStore(database);
    await expectNoScan(
      await asked(async () => {
        await store.entries(fan, page());
        await store.entries(fan, { limit: 20, before: null });
        await store.latest([fan, uuidv7()], 20);
        await store.scheduleOf(uuidv7(), fan);
        await createRetentionStore(database).forgetWaiting('1', 500);
      }),
    );
  });

  test('to record and find commands', async () => {
    const store = createCommandStore(database);
    const command = { id: uuidv7(), userId: fan, kind: 'hold' as const, seatNumbers: [1] };
    const first = { command, scheduleId: '1', idempotency: { key: 'k', requestHash: 'h' } };
    const again = { ...first, command: { ...command, id: uuidv7() } };
    await expectNoScan(
      await asked(async () => {
        await store.record([first, again]);
        await store.find(command.id, fan);
        await store.findByKey(fan, 'k');
        await store.queued('1', Date.now(), 500);
      }),
    );
  });

  test('to list what somebody has', async () => {
    const store = purchases();
    await expectNoScan(
      await asked(async () => {
        await store.scheduleOf(bookingId, fan);
        await store.booking(bookingId, fan);
        await store.bookings(fan, page(), 'PAID');
        await store.payments(fan, page());
        await store.tickets(fan, page());
        await createPointStore(database).balance(fan);
        await createPointStore(database).history(fan, 21, 9);
      }),
    );
  });

  // Both of them begin with user and entry.
  const HISTORY = ['point_histories_pkey', 'point_histories_entry_balance_key'];
  test.each<[of: string, indexes: string[], list: () => Promise<unknown>]>([
    ['bookings', ['bookings_user'], async () => purchases().bookings(fan, page(), null)],
    ['expired bookings', ['bookings_user'], async () => purchases().bookings(fan, page(), 'EXPIRED')],
    ['payments', ['payments_user'], async () => purchases().payments(fan, page())],
    ['tickets', ['tickets_user'], async () => purchases().tickets(fan, page())],
    ['points history', HISTORY, async () => createPointStore(database).history(fan, 21, 2)],
  ])('and a page of %s enters its index where the page before ended', async (_of, indexes, list) => {
    const conditions: string[] = [];
    for (const statement of (await asked(list)).filter(explainable))
      conditions.push(...(await enters(client, statement, ...indexes)));
    expect(conditions).toEqual([expect.stringMatching(/user_id = .* AND \((id|entry) < /)]);
  });

  test('to make and find accounts', async () => {
    const accounts = createAccountStore(database);
    const account = { email: 'New@x.test', name: 'N', passwordHash: '' };
    await expectNoScan(
      await asked(async () => {
        await accounts.create(account);
        await accounts.putOperator(account);
        await accounts.find(fan);
        await accounts.findByEmail('5@x.test');
      }),
    );
  });

  test('to charge points', async () => {
    await expectNoScan(
      await asked(async () => createPointStore(database).charge(fan, 5, { key: 'c', requestHash: 'h' })),
    );
  });

  test('to look after dates, rooms and what was left behind', async () => {
    const schedules = createScheduleStore(database);
    const upkeep = createUpkeepStore(database);
    const records = createRoomRecords(database);
    await expectNoScan(
      await asked(async () => {
        await schedules.inUse(150, 0);
        await schedules.bookable('1');
        await schedules.seatVersions(['1', '2']);
        await schedules.raiseSeatVersion('1', 2);
        await upkeep.withDueHolds(1000);
        await upkeep.withStaleCommands(5000);
        await upkeep.recentPayers(30_000, 2000);
        await records.rules(['1', '2']);
        await records.load('1');
        await records.usedUpSince('1', 900_000);
        await records.neededUntil('1', [fan]);
        await records.liveHolders('1', null);
        await records.liveHolders('1', [fan]);
        await records.giveUp('1', fan, '1790000000000000');
        await records.isUsedUp('1', fan, '1790000000000001');
        await records.raiseWatermark('1', 1_790_000_000_000_000, 5);
      }),
    );
  });

  test('at the door', async () => {
    const tickets = createTicketStore(database);
    await expectNoScan(
      await asked(async () => {
        const scan = { code: bookingId, scanId: uuidv7(), scheduleId: '1', staffId: fan, requestId: null };
        await tickets.checkIn(scan);
        await tickets.checkIn({ ...scan, scanId: null, code: 'nobody' });
        await tickets.find(uuidv7(), fan);
        await tickets.doorDates();
        await tickets.doorCount('1');
      }),
    );
  });

  test('to help a fan', async () => {
    const fans = createFanStore(database);
    const by = { userId: fan, requestId: null };
    await expectNoScan(
      await asked(async () => {
        for (const query of ['77@X.test', fan, bookingId, uuidv7(), 'ABCD-EFGH', bookingId.slice(0, 30)])
          await fans.search(query, by);
        await fans.look(fan, by);
        for (const list of [fans.bookings, fans.tickets, fans.commands]) {
          await list(fan, { limit: 51, before: null });
          await list(fan, page());
        }
      }),
    );
  });

  test('to export a date', async () => {
    const statements = await asked(async () => {
      const rows = await createScheduleExports(database).rows('1', { userId: fan, requestId: null });
      for await (const row of rows ?? []) if (row.bookingId === bookingId) break;
    });
    await expectNoScan(statements);
    const conditions: string[] = [];
    for (const statement of statements.filter(({ text }) => /FROM bookings/.test(text)))
      conditions.push(...(await enters(client, statement, 'bookings_schedule')));
    expect(conditions).not.toEqual([]);
  });

  test('to forget what is over', async () => {
    const store = createRetentionStore(database);
    await expectNoScan(
      await asked(async () => {
        await store.forgetCommands(86_400_000, 500);
        await store.forgetRevokedTokens(500);
        await store.forgetGivenUpPlaces(500);
        await store.overSchedules(NO_SCHEDULE, 20);
        await store.scheduleForgotten([{ ...NO_SCHEDULE, foundAt: 'now' }]);
        await store.overRooms('0', 20);
        await store.roomForgotten([{ concertId: '0', epoch: 1 }]);
      }),
    );
  });

  test('to read the seats of one date', async () => {
    await expectNoScan(
      await asked(async () => {
        await createScheduleStore(database).seatStates('1');
        const catalog = createSeatCatalog(database);
        await catalog.find('2');
        await catalog.seats('2', [1, 500]);
        await catalog.hall('2');
      }),
    );
  });
});

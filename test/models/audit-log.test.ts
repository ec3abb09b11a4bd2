import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import {
  type AuditEntry,
  type AuditFilter,
  type AuditLog,
  createAuditLog,
  difference,
  type WrittenEntry,
  writeAudit,
} from '../../src/models/audit-log';
import { createConcertStore } from '../../src/models/concert-store';
import { createDrawStore } from '../../src/models/draw-store';
import { PresaleConflictError } from '../../src/models/presale-making';
import { createPresaleStore } from '../../src/models/presale-store';
import { createScheduleStore, type NewSchedule } from '../../src/models/schedule-store';
import { initModels } from '../../src/models/tables';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { POLICY } from '../support/policy';
import { hoursFromNow } from '../support/times';

let testDatabase: TestDatabase;
let database: Sequelize;
let log: AuditLog;
let by: { userId: string; requestId: string };
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, pool: 4, name: 'test' });
  initModels(database);
  log = createAuditLog(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  const userId = randomUUID();
  await rows(
    `INSERT INTO users (id, email, name, password_hash, role) VALUES ($1, $2, 'Op', '', 'operator') RETURNING id`,
    [userId, `${userId}@x.test`],
  );
  by = { userId, requestId: `request-of-${userId}` };
});

const rows = async (sql: string, bind: unknown[] = []): Promise<object[]> =>
  database.query<object>(sql, { bind, type: QueryTypes.SELECT });
const write = async (entry: Partial<AuditEntry>): Promise<void> =>
  database.transaction(async (transaction) =>
    writeAudit(database, { ...by, action: 'test.act', subject: 'concert:1', ...entry }, transaction),
  );
const mine = async (filter: AuditFilter = {}): Promise<WrittenEntry[]> =>
  log.page({ who: by.userId, ...filter }, 100, null);

describe('an entry', () => {
  test.each([
    'UPDATE audit_log SET user_id = NULL',
    'DELETE FROM audit_log WHERE id < 0',
    'TRUNCATE audit_log',
    'TRUNCATE users CASCADE',
  ])('stays as it is: the database refuses %s', async (sql) => {
    await write({});
    await expect(database.query(sql)).rejects.toThrow('audit_log takes new entries only');
    expect(await mine()).toHaveLength(1);
  });

  test('is as lasting as its change', async () => {
    const attempt = database.transaction(async (transaction) => {
      await writeAudit(database, { ...by, action: 'test.act', subject: 'concert:1' }, transaction);
      throw new Error('the change fails');
    });
    await expect(attempt).rejects.toThrow('the change fails');
    expect(await mine()).toEqual([]);
  });

  test('takes whatever text a change brings along', async () => {
    await write({ after: { title: 'a\u0000b', half: '\uD83D', whole: '🎫', list: ['\uDC00', 1, null] } });
    const [entry] = await mine();
    expect(entry?.after).toEqual({
      title: 'a\uFFFDb',
      half: '\uFFFD',
      whole: '🎫',
      list: ['\uFFFD', 1, null],
    });
  });
});

describe('what is found', () => {
  const subjects = async (filter: AuditFilter): Promise<string[]> =>
    (await mine(filter)).map(({ subject }) => subject);

  test('is what was named, to the letter', async () => {
    for (const subject of ['schedule:1', 'schedule:12', 'schedule:_', 'concert:1']) await write({ subject });
    expect(await subjects({ subject: 'schedule:1' })).toEqual(['schedule:1']);
    expect(await subjects({ subject: 'schedule:_' })).toEqual(['schedule:_']);
    for (const subject of ['schedule:%', '%', 'schedule:1*', 'SCHEDULE:1', "' OR true --"])
      expect(await subjects({ subject })).toEqual([]);
  });

  test('is by whom, by what and from when, all together', async () => {
    await write({ action: 'test.one' });
    await write({ action: 'test.two', subject: 'concert:2' });
    const [two, one] = await mine();
    if (one === undefined || two === undefined) throw new Error('not written');
    expect([one.who, one.requestId]).toEqual([
      { id: by.userId, email: `${by.userId}@x.test`, name: 'Op' },
      by.requestId,
    ]);
    expect(await subjects({ action: 'test.two', subject: 'concert:1' })).toEqual([]);
    expect(await subjects({ action: 'test.two' })).toEqual(['concert:2']);
    expect(await subjects({ who: `${by.userId}@X.Test`.toUpperCase() })).toHaveLength(2);
    expect(await subjects({ who: 'nobody@x.test' })).toEqual([]);
    expect(await subjects({ from: two.at })).toEqual(['concert:2']);
    expect(await subjects({ to: two.at })).toEqual(['concert:1']);
  });

  test('of the service itself has nobody’s name', async () => {
    const subject = `concert:${randomUUID()}`;
    await write({ userId: null, requestId: null, subject });
    const found = await log.page({ who: 'service', subject }, 10, null);
    expect(found.map(({ who, requestId }) => [who, requestId])).toEqual([[null, null]]);
  });

  test('comes page by page, newest first, each entry once', async () => {
    for (let i = 1; i <= 7; i += 1) await write({ subject: `concert:${i}` });
    const seen: string[] = [];
    for (let before: string | null = null; seen.length < 20;) {
      const page: WrittenEntry[] = await log.page({ who: by.userId }, 3, before);
      if (page.length === 0) break;
      seen.push(...page.map(({ subject }) => subject));
      before = page.at(-1)?.id ?? null;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((i) => `concert:${i}`));
  });
});

test('a difference has the parts that differ, as they were and as they are', () => {
  const before = { a: 1, b: { c: [1] }, d: null };
  expect(difference(before, { a: 1, b: { c: [1] }, d: null })).toBeNull();
  expect(difference(before, { a: 1, b: { c: [2] }, d: 0 })).toEqual({
    before: { b: { c: [1] }, d: null },
    after: { b: { c: [2] }, d: 0 },
  });
});

describe('every act of an operator', () => {
  const acts = async (): Promise<unknown[]> =>
    (await mine()).reverse().map(({ action, subject, before, after }) => [action, subject, before, after]);
  const concert = async (policy = POLICY): Promise<string> =>
    (await createConcertStore(database).create({ title: 'T', description: 'D', seatLimit: 4, policy }, by))
      .id;
  const date = (concertId: string): NewSchedule => ({
    concertId,
    bookingStartAt: hoursFromNow(10),
    bookingEndAt: hoursFromNow(11),
    startAt: hoursFromNow(12),
    endAt: hoursFromNow(13),
    sections: [{ name: 'A', rows: 2, seatsPerRow: 3, price: 5, seatQuality: [1, 2, 3] }],
  });

  test('on a concert and its room is written, and what changes nothing is not', async () => {
    const concerts = createConcertStore(database);
    const id = await concert();
    await concerts.change(id, { title: 'U', description: undefined, seatLimit: 4 }, by);
    await concerts.change(id, { title: 'U', seatLimit: 4 }, by);
    await concerts.change(id, {}, by);
    await concerts.changePolicy(id, { paused: true, maxActive: POLICY.maxActive }, by);
    await concerts.changePolicy(id, { paused: true }, by);
    expect(await concerts.change('999999', { title: 'X' }, by)).toBeNull();
    expect(await concerts.find(id)).toEqual({
      id,
      title: 'U',
      description: 'D',
      seatLimit: 4,
      timeZone: null,
    });
    expect(await acts()).toEqual([
      [
        'concert.create',
        `concert:${id}`,
        null,
        { title: 'T', description: 'D', seatLimit: 4, queue: POLICY },
      ],
      ['concert.change', `concert:${id}`, { title: 'T' }, { title: 'U' }],
      ['queue.change', `concert:${id}`, { paused: false }, { paused: true }],
    ]);
  });

  test('that is refused is not written', async () => {
    const concerts = createConcertStore(database);
    const id = await concert();
    await expect(concerts.changePolicy(id, { opensAt: hoursFromNow(-1).toISOString() }, by)).rejects.toThrow(
      'opensAt',
    );
    const early = { ...date(id), bookingStartAt: hoursFromNow(1) };
    const presale = { name: 'P', startsAt: hoursFromNow(0), endsAt: hoursFromNow(5), scheduleIds: null };
    await concerts.changePolicy(id, { opensAt: null }, by);
    await createPresaleStore(database).create(id, { ...presale, seatLimit: null, codes: ['CODE12'] }, by);
    await expect(createScheduleStore(database).create(early, by)).rejects.toThrow(PresaleConflictError);
    expect((await mine()).map(({ action }) => action)).toEqual(['presale.create', 'concert.create']);
  });

  test('on a date is written: its sections, not each seat', async () => {
    const concertId = await concert();
    const made = await createScheduleStore(database).create(date(concertId), by);
    const [, written] = await acts();
    expect(written).toEqual([
      'schedule.create',
      `schedule:${made?.schedule.id}`,
      null,
      {
        concertId,
        bookingStartAt: expect.any(String),
        bookingEndAt: expect.any(String),
        startAt: expect.any(String),
        endAt: expect.any(String),
        sections: [{ name: 'A', rows: 2, seatsPerRow: 3, price: 5 }],
        seats: 6,
      },
    ]);
  });

  test('on a presale is written, and none of its codes', async () => {
    const id = await concert({ ...POLICY, opensAt: hoursFromNow(9).toISOString() });
    const [startsAt, endsAt] = [hoursFromNow(0), hoursFromNow(1)];
    const codes = ['SECRET-CODE-ONE', 'SECRET-CODE-TWO'];
    const presale = { name: 'P', startsAt, endsAt, scheduleIds: null, seatLimit: 2, codes };
    const made = await createPresaleStore(database).create(id, presale, by);
    const [, written] = await acts();
    expect(written).toEqual([
      'presale.create',
      `concert:${id}`,
      null,
      expect.objectContaining({ presaleId: made?.id, name: 'P', seatLimit: 2, codes: 2 }),
    ]);
    const all = await rows('SELECT audit_log::text FROM audit_log');
    expect(JSON.stringify(all)).not.toContain('SECRET-CODE');
  });

  test('on a draw is written once, however often it is said; of its seed nothing', async () => {
    const policy = { ...POLICY, order: 'draw' as const, opensAt: hoursFromNow(9).toISOString() };
    const [draws, id] = [createDrawStore(database), await concert(policy)];
    await draws.giveBeacon(id, { source: 'lottery', value: null }, by);
    await draws.giveBeacon(id, { source: 'lottery', value: null }, by);
    await draws.giveBeacon(id, { source: 'lottery', value: '7' }, by);
    const [, ...beacons] = await acts();
    expect(beacons).toEqual([
      ['draw.beacon', `concert:${id}`, { source: null }, { source: 'lottery' }],
      ['draw.beacon', `concert:${id}`, { value: null }, { value: '7' }],
    ]);
  });
});

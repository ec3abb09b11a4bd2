import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import { audit } from '../../src/models/audit';
import { createConcertStore } from '../../src/models/concert-store';
import { listedFault, makeCodes, normalised } from '../../src/models/presale-codes';
import { type NewPresale, PresaleConflictError } from '../../src/models/presale-making';
import { createPresaleStore, type PresaleStore } from '../../src/models/presale-store';
import { createRetentionStore } from '../../src/models/retention-store';
import { createRoomRecords } from '../../src/models/room-records';
import { createScheduleStore } from '../../src/models/schedule-store';
import { createStockStore } from '../../src/models/stock-store';
import { initModels } from '../../src/models/tables';
import { BELOW_ORDINARY } from '../../src/waiting-room/presale-range';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { POLICY } from '../support/policy';

const MINUTE = 60_000;
const inMs = (ms: number): Date => new Date(Date.now() + ms);

let testDatabase: TestDatabase;
let database: Sequelize;
let presales: PresaleStore;
let concertId: string;
let users: string[];
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, pool: 8, name: 'test' });
  initModels(database);
  presales = createPresaleStore(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  concertId = await concert();
  users = Array.from({ length: 3 }, () => randomUUID());
  await rows(
    `INSERT INTO users (id, email, name, password_hash) SELECT id, id || '@x.test', 'F', '' FROM unnest($1::uuid[]) id RETURNING id`,
    [users],
  );
});

const rows = async <Row extends object>(sql: string, bind: unknown[] = []): Promise<Row[]> =>
  database.query<Row>(sql, { bind, type: QueryTypes.SELECT });

/** A concert that opens to all in an hour. */
async function concert(opensAt: Date | null = inMs(60 * MINUTE)): Promise<string> {
  const policy = { ...POLICY, opensAt: opensAt?.toISOString() ?? null };
  return (await createConcertStore(database).create({ title: 'T', description: '', seatLimit: 4, policy }))
    .id;
}

async function date(of: string, bookingStartAt: Date): Promise<string> {
  const made = await createScheduleStore(database).create({
    concertId: of,
    bookingStartAt,
    bookingEndAt: inMs(600 * MINUTE),
    startAt: inMs(700 * MINUTE),
    endAt: inMs(800 * MINUTE),
    sections: [{ name: 'A', rows: 1, seatsPerRow: 5, price: 1 }],
  });
  return made?.schedule.id ?? '';
}

const make = async (changes: Partial<NewPresale> = {}, of = concertId) =>
  presales.create(of, {
    name: 'Fan club',
    startsAt: inMs(-MINUTE),
    endsAt: inMs(10 * MINUTE),
    scheduleIds: null,
    seatLimit: null,
    codes: ['AAAA-2222', 'BBBB-3333'],
    ...changes,
  });

const user = (index: number): string => users[index] ?? '';
const faultOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PresaleConflictError)) throw new Error(`no conflict: ${String(error)}`);
  return error.part;
};
const phase = async (of = concertId) => (await createRoomRecords(database).load(of))?.presale;

describe('codes', () => {
  test('are readable, in groups of four, all different, and none likelier than another', () => {
    const codes = makeCodes(2000);
    for (const code of codes) expect(code).toMatch(/^([2-9A-HJKMNP-Z]{4}-){4}[2-9A-HJKMNP-Z]{4}$/);
    expect(new Set(codes).size).toBe(2000);
    const counts = new Map<string, number>();
    for (const character of codes.join('').replaceAll('-', ''))
      counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(31);
    // 40,000 of them: 1,290 of each, give or take six standard deviations.
    for (const count of counts.values()) expect(Math.abs(count - 1290)).toBeLessThan(215);
  });

  test.each([
    [' abcd-efgh\t2345 ', 'ABCDEFGH2345'],
    ['abcd–efgh—2345', 'ABCDEFGH2345'],
    ['ＡＢＣ１２３', 'ABC123'],
    ['ab\u00adcd\u200b12', 'ABCD12'],
    ['straße1', 'STRASSE1'],
    ['é12345', 'É12345'],
  ])('are the same however they are typed: %j', (typed, plain) => {
    expect(normalised(typed)).toBe(plain);
  });

  test.each(['', '12345', 'ABC12', 'A'.repeat(65), 'ABC_123', 'ABC123\u0000', '🎟🎟🎟🎟🎟🎟', "A';--123"])(
    'of an operator that are too weak or no codes are refused: %j',
    (code) => {
      expect(listedFault(normalised(code))).not.toBeNull();
    },
  );

  test('are stored as hashes alone, which differ from presale to presale', async () => {
    await make();
    await make();
    const stored = await rows<{ row: string; hash: string }>(
      `SELECT o::text AS row, encode(code_hash, 'hex') AS hash FROM presale_codes o JOIN presales p ON p.id = o.presale_id
        WHERE p.concert_id = $1`,
      [concertId],
    );
    expect(new Set(stored.map(({ hash }) => hash)).size).toBe(4);
    for (const { row } of stored) expect(row).not.toMatch(/AAAA|2222/);
  });
});

describe('a code', () => {
  test('belongs to the first who joins with it, for good', async () => {
    await make();
    expect(await presales.hasCode(concertId, user(0))).toBe(false);
    expect(await presales.claim(concertId, user(0), 'aaaa 2222')).toBe('MINE');
    expect(await presales.claim(concertId, user(0), 'AAAA2222')).toBe('MINE');
    expect(await presales.claim(concertId, user(1), 'AAAA-2222')).toBe('USED');
    expect(await presales.claim(concertId, user(1), 'AAAA-2223')).toBe('INVALID');
    expect(await presales.hasCode(concertId, user(0))).toBe(true);
    expect(await presales.hasCode(concertId, user(1))).toBe(false);
  });

  test('asked for by many at once has one owner', async () => {
    await make();
    const claims = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => presales.claim(concertId, user(i % 3), 'AAAA2222')),
    );
    const owners = users.filter((_, index) => claims.some((said, i) => i % 3 === index && said === 'MINE'));
    expect(owners).toHaveLength(1);
    expect(claims.filter((said) => said === 'MINE')).toHaveLength(8);
    expect(claims.filter((said) => said === 'USED')).toHaveLength(16);
  });

  test('is not used up by somebody who has another of that presale, not even at the same time', async () => {
    await make({ codes: ['AAAA2222', 'BBBB3333', 'CCCC4444', 'DDDD5555'] });
    const all = ['AAAA2222', 'BBBB3333', 'CCCC4444', 'DDDD5555'];
    const claims = await Promise.all(all.map(async (code) => presales.claim(concertId, user(0), code)));
    expect(claims).toEqual(['MINE', 'MINE', 'MINE', 'MINE']);
    expect((await presales.list(concertId))[0]).toMatchObject({ codes: 4, claimed: 1 });
  });

  test('of two presales is taken for the one in which its user has none yet', async () => {
    await make({ codes: ['AAAA2222', 'SAME7777'] });
    await make({ name: 'Second', codes: ['SAME7777'], startsAt: inMs(-MINUTE / 2) });
    await presales.claim(concertId, user(0), 'AAAA2222');
    expect(await presales.claim(concertId, user(0), 'SAME7777')).toBe('MINE');
    expect((await presales.list(concertId)).map(({ claimed }) => claimed)).toEqual([1, 1]);
    expect(await presales.claim(concertId, user(1), 'SAME7777')).toBe('MINE');
    expect(await presales.claim(concertId, user(2), 'SAME7777')).toBe('USED');
  });

  test.each([
    ['before its presale starts', { startsAt: inMs(MINUTE) }],
    ['of another concert', {}],
  ])('%s is none', async (what, changes) => {
    const elsewhere = what.includes('another') ? await concert() : concertId;
    await make({ ...changes, codes: ['EEEE6666'] }, elsewhere);
    expect(await presales.claim(concertId, user(0), 'EEEE6666')).toBe('NONE_RUNS');
    await make();
    expect(await presales.claim(concertId, user(0), 'EEEE6666')).toBe('INVALID');
  });

  test('means nothing once its presale is over, or the room is open to all', async () => {
    await make();
    await rows('UPDATE presales SET ends_at = now() WHERE concert_id = $1 RETURNING id', [concertId]);
    expect(await presales.claim(concertId, user(0), 'AAAA2222')).toBe('NONE_RUNS');
    await rows(`UPDATE presales SET ends_at = now() + interval '1 hour' WHERE concert_id = $1 RETURNING id`, [
      concertId,
    ]);
    expect(await presales.claim(concertId, user(0), 'AAAA2222')).toBe('MINE');
    // Somebody without a code had a turn: whatever is done to the opening, it was open.
    await rows('UPDATE concerts SET room_watermark = $2 WHERE id = $1 RETURNING id', [
      concertId,
      BELOW_ORDINARY,
    ]);
    expect(await presales.claim(concertId, user(1), 'BBBB3333')).toBe('NONE_RUNS');
    expect(await presales.needsPass(concertId)).toBe(false);
    expect(await presales.pass(concertId, user(0))).toBeNull();
    expect(await phase()).toBe('NONE');
  });

  test('has one owner at most by the constraints, and the audit sees one who got it at another time', async () => {
    await make();
    await presales.claim(concertId, user(0), 'AAAA2222');
    const second = rows(
      'UPDATE presale_codes SET user_id = $1, claimed_at = now() WHERE user_id IS NULL RETURNING 1 AS x',
      [user(0)],
    );
    await expect(second).rejects.toMatchObject({ original: { constraint: 'presale_codes_user_key' } });
    await expect(
      rows('UPDATE presale_codes SET claimed_at = NULL WHERE user_id = $1 RETURNING 1 AS x', [user(0)]),
    ).rejects.toMatchObject({
      original: { constraint: 'presale_codes_claimed' },
    });
    expect(await audit(database, { graceMs: 1000 })).toEqual([]);
    await rows(
      `UPDATE presale_codes SET claimed_at = now() + interval '1 day' WHERE user_id = $1 RETURNING 1 AS x`,
      [user(0)],
    );
    expect(await audit(database, { graceMs: 1000 })).toMatchObject([
      { invariant: expect.stringContaining('one owner') },
    ]);
    await rows(`UPDATE presale_codes SET claimed_at = now() WHERE user_id = $1 RETURNING 1 AS x`, [user(0)]);
  });
});

describe('a presale', () => {
  test('must end in the future, by the opening at the latest, and before the room is open', async () => {
    const opens = inMs(60 * MINUTE);
    concertId = await concert(opens);
    expect(await make({ endsAt: opens })).not.toBeNull();
    expect(await faultOf(make({ endsAt: new Date(opens.getTime() + 1) }))).toBe('endsAt');
    expect(await faultOf(make({ startsAt: inMs(-2 * MINUTE), endsAt: inMs(-MINUTE) }))).toBe('endsAt');
    const open = await concert(null);
    await date(open, inMs(-MINUTE));
    expect(await faultOf(make({}, open))).toBe('startsAt');
    const later = await concert(null);
    await date(later, inMs(5 * MINUTE));
    expect(await faultOf(make({}, later))).toBe('endsAt');
    expect(await make({ endsAt: inMs(4 * MINUTE) }, later)).not.toBeNull();
    expect(await make({}, '999999')).toBeNull();
  });

  test('has dates of its own concert only', async () => {
    const mine = await date(concertId, inMs(60 * MINUTE));
    const other = await date(await concert(), inMs(60 * MINUTE));
    expect(await make({ scheduleIds: [mine] })).toMatchObject({ scheduleIds: [mine] });
    expect(await faultOf(make({ scheduleIds: [mine, other] }))).toBe('scheduleIds');
    expect(await faultOf(make({ scheduleIds: ['999999999999999999'] }))).toBe('scheduleIds');
  });

  test('is not cut short by an opening that is moved, or by a date that is added', async () => {
    await make();
    const concerts = createConcertStore(database);
    const move = async (opensAt: string | null) => concerts.changePolicy(concertId, { opensAt });
    await expect(move(inMs(5 * MINUTE).toISOString())).rejects.toMatchObject({ fault: { part: 'opensAt' } });
    expect(await move(inMs(20 * MINUTE).toISOString())).not.toBeNull();
    // With a moment of its own, dates open nothing earlier.
    const early = await date(concertId, inMs(-MINUTE));
    expect(early).not.toBe('');
    await expect(move(null)).rejects.toMatchObject({ fault: { part: 'opensAt' } });
    const without = await concert(null);
    await make({}, without);
    expect(await faultOf(date(without, inMs(5 * MINUTE)))).toBe('bookingStartAt');
    expect(await faultOf(date(without, inMs(-5 * MINUTE)))).toBe('bookingStartAt');
    expect(await date(without, inMs(11 * MINUTE))).not.toBe('');
  });

  test('lets somebody in only while it runs and has a date that is not over', async () => {
    expect(await phase()).toBe('NONE');
    const made = await make({ startsAt: inMs(MINUTE) });
    expect(await phase()).toBe('AHEAD');
    await rows('UPDATE presales SET starts_at = now() WHERE id = $1 RETURNING id', [made?.id]);
    expect(await phase()).toBe('AHEAD');
    const id = await date(concertId, inMs(60 * MINUTE));
    expect(await phase()).toBe('RUNS');
    await rows('UPDATE presales SET schedule_ids = ARRAY[$2::bigint + 1] WHERE id = $1 RETURNING id', [
      made?.id,
      id,
    ]);
    expect(await phase()).toBe('AHEAD');
    await rows('UPDATE presales SET ends_at = clock_timestamp() WHERE id = $1 RETURNING id', [made?.id]);
    expect(await phase()).toBe('NONE');
    expect(await createScheduleStore(database).inUse(1000, 0)).not.toContain(id);
  });

  test('has its dates alone on sale while it runs, and those of open windows before, after and once all may come', async () => {
    const [open, its] = [await date(concertId, inMs(-MINUTE)), await date(concertId, inMs(60 * MINUTE))];
    await date(concertId, inMs(60 * MINUTE));
    const told = async (): Promise<[string[], string | undefined]> => {
      const dates = await createStockStore(database).datesOnSale([concertId]);
      expect(dates.every((each) => each.concertId === concertId)).toBe(true);
      const record = (await createRoomRecords(database).rules([concertId])).get(concertId);
      return [dates.map(({ id }) => id), record?.onSale.split(' ').slice(0, 2).join(' ')];
    };
    const only = (id: string) => [[id], `1 ${id}`];
    expect(await told()).toEqual(only(open));
    const made = await make({ startsAt: inMs(5 * MINUTE), scheduleIds: [its] });
    expect(await told()).toEqual(only(open));
    const starts = `UPDATE presales SET starts_at = now() - interval '1 minute' WHERE id = $1 RETURNING id`;
    await rows(starts, [made?.id]);
    expect(await told()).toEqual(only(its));
    await rows('UPDATE concerts SET opens_at = NULL WHERE id = $1 RETURNING id', [concertId]);
    expect(await told()).toEqual(only(open));
    await rows('UPDATE concerts SET opens_at = $2 WHERE id = $1 RETURNING id', [
      concertId,
      inMs(60 * MINUTE),
    ]);
    expect(await told()).toEqual(only(its));
    await rows('UPDATE presales SET ends_at = now() WHERE id = $1 RETURNING id', [made?.id]);
    expect(await told()).toEqual(only(open));
    await make({ name: 'Of all dates', codes: ['CCCC4444'] });
    expect((await told())[0]).toHaveLength(3);
  });

  test('gives its owners a pass: dates and limit, until it ends or the room opens, whichever is first', async () => {
    const id = await date(concertId, inMs(60 * MINUTE));
    const made = await make({ scheduleIds: [id], seatLimit: 2 });
    await make({ name: 'Second', startsAt: inMs(-MINUTE), endsAt: inMs(20 * MINUTE), codes: ['CCCC4444'] });
    expect(await presales.needsPass(concertId)).toBe(true);
    expect(await presales.pass(concertId, user(0))).toBeNull();
    await presales.claim(concertId, user(0), 'AAAA2222');
    const pass = await presales.pass(concertId, user(0));
    expect(pass).toMatchObject({ concertSeatLimit: 4, grants: [{ scheduleIds: [id], seatLimit: 2 }] });
    expect(Math.abs((pass?.untilMs ?? 0) - Date.now() - 20 * MINUTE)).toBeLessThan(MINUTE);
    expect(Math.abs((pass?.opensAtMs ?? 0) - Date.now() - 60 * MINUTE)).toBeLessThan(MINUTE);
    // The first is over, its fans who still wait go on as long as another runs.
    await rows('UPDATE presales SET ends_at = now() WHERE id = $1 RETURNING id', [made?.id]);
    expect((await presales.pass(concertId, user(0)))?.grants).toHaveLength(1);
    expect(await presales.hasCode(concertId, user(0))).toBe(false);
    expect(await createScheduleStore(database).inUse(1000, 0)).toContain(id);
    await rows('UPDATE presales SET ends_at = now() WHERE concert_id = $1 RETURNING id', [concertId]);
    expect(await presales.pass(concertId, user(0))).toBeNull();
    expect(await presales.needsPass(concertId)).toBe(true);
  });
});

describe('a hundred thousand codes', () => {
  test('are made in a moment, and forgotten in small acts once the dates are over; how many were claimed stays', async () => {
    const codes = makeCodes(100_000);
    const startedAt = performance.now();
    expect(await make({ codes })).toMatchObject({ codes: 100_000 });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await presales.claim(concertId, user(0), codes[99_999] ?? '');
    const retention = createRetentionStore(database);
    const id = await date(concertId, inMs(60 * MINUTE));
    expect(await retention.forgetPresaleCodes(60_000)).toBe(0);
    await rows(
      `UPDATE schedules SET booking_start_at = now() - interval '9 days', booking_end_at = now() - interval '8 days',
              start_at = now() - interval '3 days', end_at = now() - interval '2 days' WHERE id = $1 RETURNING id`,
      [id],
    );
    const once = await Promise.all([
      retention.forgetPresaleCodes(60_000),
      retention.forgetPresaleCodes(60_000),
    ]);
    expect(Math.max(...once)).toBe(60_000);
    let left = 100_000 - once[0] - once[1];
    while (left > 0) left -= await retention.forgetPresaleCodes(60_000);
    expect(left).toBe(0);
    expect(await retention.forgetPresaleCodes(60_000)).toBe(0);
    const [presale] = await presales.list(concertId);
    expect(presale).toMatchObject({ codes: 100_000, claimed: 1 });
    const [kept] = await rows<{ count: number; done: boolean }>(
      `SELECT count(o.*)::int AS count, p.codes_forgotten AS done FROM presales p LEFT JOIN presale_codes o ON o.presale_id = p.id
        WHERE p.id = $1 GROUP BY p.id`,
      [presale?.id],
    );
    expect(kept).toEqual({ count: 0, done: true });
  }, 60_000);
});

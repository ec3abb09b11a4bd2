import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createConcertStore } from '../../src/models/concert-store';
import { createDatabase } from '../../src/lib/database';
import { createScheduleStore, type ScheduleStore } from '../../src/models/schedule-store';
import { initModels } from '../../src/models/tables';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { POLICY } from '../support/policy';
import { hoursFromNow } from '../support/times';

let testDatabase: TestDatabase;
let database: Sequelize;
let store: ScheduleStore;
let concertId: string;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, pool: 2, name: 'test' });
  initModels(database);
  store = createScheduleStore(database);
  concertId = await newConcert();
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function newConcert(): Promise<string> {
  const { id } = await createConcertStore(database).create({
    title: 'T',
    description: '',
    seatLimit: 4,
    policy: POLICY,
  });
  return id;
}

/** A date whose booking is open from and until so many hours from now, and whose show starts then. */
async function date(from: number, until: number, show: number, of = concertId): Promise<string> {
  const sections = [{ name: 'A', rows: 2, seatsPerRow: 3, price: 5 }];
  const [bookingStartAt, bookingEndAt] = [hoursFromNow(from), hoursFromNow(until)];
  const endAt = hoursFromNow(show + 1);
  const made = await store.create({
    concertId: of,
    bookingStartAt,
    bookingEndAt,
    startAt: hoursFromNow(show),
    endAt,
    sections,
  });
  if (made === null) throw new Error('no schedule');
  expect(made.seats).toBe(6);
  return made.schedule.id;
}

test('bookable are the dates of one concert whose window is open now, in order of their shows', async () => {
  const later = await date(-1, 1, 30);
  const sooner = await date(-1, 1, 20);
  await date(0.5, 1, 20);
  await date(-2, -1, 20);
  await date(-1, 1, 20, await newConcert());
  const open = await store.bookable(concertId);
  expect(open.map(({ id }) => id)).toEqual([sooner, later]);
  expect(open[0]).toMatchObject({ concertId, startAt: expect.any(Date) });
  expect(await store.bookable('99')).toEqual([]);
});

test('a date of no concert is not made, and neither are its seats', async () => {
  const [bookingStartAt, bookingEndAt, startAt, endAt] = [
    hoursFromNow(-1),
    hoursFromNow(1),
    hoursFromNow(2),
    hoursFromNow(3),
  ];
  const dates = { concertId: '99', bookingStartAt, bookingEndAt, startAt, endAt };
  const sections = [{ name: 'A', rows: 1, seatsPerRow: 1, price: 5 }];
  expect(await store.create({ ...dates, sections })).toBeNull();
});

test("a seat map's version is only ever raised", async () => {
  const [one, other] = [await date(-1, 1, 2), await date(-1, 1, 2)];
  expect(await store.seatVersions([one, other, '999'])).toEqual(
    new Map([
      [one, 1],
      [other, 1],
    ]),
  );
  await store.raiseSeatVersion(one, 5_000_000_000);
  await store.raiseSeatVersion(one, 7);
  expect(await store.seatVersions([one, other])).toEqual(
    new Map([
      [one, 5_000_000_000],
      [other, 1],
    ]),
  );
});

test('of many dates in use each turn looks at another part, and all turns at all of them', async () => {
  for (let n = 0; n < 6; n += 1) await date(-1, 1, 20);
  const all = await store.inUse(1000, 5);
  expect(all.length).toBeGreaterThan(6);
  const turns = Math.ceil(all.length / 3);
  const parts = await Promise.all(
    Array.from({ length: turns }, async (_part, turn) => store.inUse(3, 7 * turns + turn)),
  );
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(all.length / 2); // about three: ids have gaps
  expect(parts.flat().toSorted()).toEqual(all.toSorted());
});

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Client } from 'pg';
import type { Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Command, Seat } from '../../src/booking/types';
import { runGroup } from '../../src/jobs/schedules/run-group';
import { createScheduleStore, type NewSection } from '../../src/models/schedule-store';
import { createPurchaseStore } from '../../src/models/purchase-store';
import { createSeatCatalog, type SeatCatalog } from '../../src/models/seat-catalog';
import { SEATS, Shop } from '../jobs/shop';
import { hoursFromNow } from '../support/times';
import { untilIs } from '../support/until';

let shop: Shop;
let client: Client;
beforeAll(async () => {
  shop = await Shop.open();
  client = new Client({ connectionString: shop.testDatabase.url });
  await client.connect();
  await client.query('ANALYZE');
});
afterAll(async () => {
  await client.end();
  await shop.close();
});

const Plan = z.looseObject({
  'Relation Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  Plans: z.array(z.looseObject({})).optional(),
});
const Explained = z.tuple([
  z.looseObject({ 'QUERY PLAN': z.tuple([z.looseObject({ Plan: z.looseObject({}) })]) }),
]);

function rowsOf(node: object, table: string): number {
  const plan = Plan.parse(node);
  const below = (plan.Plans ?? []).reduce((sum, child) => sum + rowsOf(child, table), 0);
  if (plan['Relation Name'] !== table) return below;
  return below + (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
}

/** How many rows of `seats` Postgres looks at while `work` runs: each of its reads is explained. */
async function seatsRead(database: Sequelize, work: () => Promise<unknown>): Promise<number> {
  const sequelize = jest.spyOn(database, 'query');
  const pipeline = jest.spyOn(Client.prototype, 'query');
  const asked: { text: string; values: unknown[] }[] = [];
  try {
    await work();
    for (const [sql, options] of sequelize.mock.calls) {
      const values =
        options !== undefined && 'bind' in options && Array.isArray(options.bind) ? options.bind : [];
      asked.push({ text: typeof sql === 'string' ? sql : sql.query, values });
    }
    for (const [sent] of z.array(z.tuple([z.unknown()]).rest(z.unknown())).parse(pipeline.mock.calls)) {
      const read = z
        .object({ name: z.string(), text: z.string(), values: z.array(z.unknown()) })
        .safeParse(sent);
      if (read.success) asked.push(read.data);
    }
  } finally {
    sequelize.mockRestore();
    pipeline.mockRestore();
  }
  let rows = 0;
  for (const { text, values } of asked) {
    if (!/^\s*(SELECT|WITH)/i.test(text) || !/\bseats\b/.test(text)) continue;
    const explained = await client.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
    rows += rowsOf(Explained.parse(explained.rows)[0]['QUERY PLAN'][0].Plan, 'seats');
  }
  return rows;
}

const hold = (...seatNumbers: number[]): Command => ({
  id: uuidv7(),
  userId: shop.user(0),
  kind: 'hold',
  seatNumbers,
});
const onBooking = (kind: 'pay' | 'cancel', bookingId: string): Command => ({
  id: uuidv7(),
  userId: shop.user(0),
  kind,
  bookingId,
});

/** A catalog without room for any hall. */
const inPart = (): SeatCatalog => createSeatCatalog(shop.database, { cachedRuns: 0 });

async function warm(catalog: SeatCatalog, scheduleId: string): Promise<void> {
  const entry = await catalog.find(scheduleId);
  if (entry === null) throw new Error('no schedule');
  await untilIs('the hall', async () => catalog.hallInMemory(entry) !== undefined, true);
}

describe('what is read of the seats', () => {
  test('to know a date is one of them, however many it has', async () => {
    const read = await seatsRead(shop.database, async () => {
      expect((await inPart().find(shop.scheduleId))?.seatCount).toBe(SEATS);
    });
    expect(read).toBe(1);
  });

  test('for many dates at once is one statement', async () => {
    const catalog = inPart();
    const query = jest.spyOn(shop.database, 'query');
    await Promise.all(['1', '2', '3', shop.scheduleId].map(async (id) => catalog.find(id)));
    await catalog.find(shop.scheduleId);
    expect(query.mock.calls).toHaveLength(1);
    query.mockRestore();
  });

  test('to decide commands are those that these name, where a hall is not in memory', async () => {
    const parts = { ...shop.workerParts(), catalog: inPart() };
    const { scheduleId } = shop;
    const held = hold(3, 7);
    const run = async (command: Command) => runGroup(parts, { scheduleId, commands: [command] });
    await parts.catalog.find(scheduleId);
    expect(await seatsRead(shop.database, async () => run(held))).toBe(2);
    expect(await seatsRead(shop.database, async () => run(onBooking('cancel', held.id)))).toBe(2);
  });

  test('for a list of bookings and tickets are those in it', async () => {
    const parts = shop.workerParts();
    const { scheduleId } = shop;
    await runGroup(parts, { scheduleId, commands: [hold(11, 12)] });
    const purchases = createPurchaseStore(shop.database, inPart());
    const read = await seatsRead(shop.database, async () => {
      const [booking] = await purchases.bookings(shop.user(0), { limit: 1, before: null }, 'PENDING');
      expect(booking?.booking.seatNumbers.map((number) => booking.seats.get(number))).toEqual([
        { number: 11, section: 'A', row: '1', price: 100, isStanding: false, label: null },
        { number: 12, section: 'A', row: '1', price: 100, isStanding: false, label: null },
      ]);
    });
    // The first of them is that which tells how many there are.
    expect(read).toBeLessThanOrEqual(3);
  });
});

describe('a hall', () => {
  test('read in part leads to the same outcomes as in memory', async () => {
    const outcomes: unknown[] = [];
    for (const catalog of [inPart(), createSeatCatalog(shop.database)]) {
      await shop.clear();
      await shop.database.query('UPDATE points SET balance = 0, last_entry = NULL');
      await shop.database.query('TRUNCATE point_histories CASCADE');
      await shop.database.query('INSERT INTO points (user_id) SELECT id FROM users');
      const parts = { ...shop.workerParts(), catalog };
      const scheduleId = await shop.addSchedule();
      if (outcomes.length > 0) await warm(catalog, scheduleId);
      const [first, second] = [hold(1, 2), hold(3)];
      const commands = [first, second, hold(2), hold(SEATS + 1), onBooking('cancel', second.id)];
      const [group] = await runGroup(parts, { scheduleId, commands });
      const [later] = await runGroup(parts, {
        scheduleId,
        commands: [onBooking('pay', first.id), onBooking('cancel', first.id)],
      });
      outcomes.push(
        JSON.parse(
          JSON.stringify(
            [group?.ended, later?.ended].map((all) => all?.map((one) => [one.status, one.outcome])),
          )
            .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'an id')
            .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time')
            .replaceAll(new RegExp(`"${scheduleId}(-\\d+)?"`, 'g'), '"date$1"'),
        ),
      );
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  test('is every seat as it was made', async () => {
    const store = createScheduleStore(shop.database);
    const section = fc.record({
      name: fc.constantFrom('A', 'B', 'B"'),
      rows: fc.integer({ min: 1, max: 3 }),
      seatsPerRow: fc.integer({ min: 1, max: 4 }),
      price: fc.constantFrom(0, 100),
      attributes: fc.constantFrom(undefined, { view: 'none' }, { 'a "b"': 'c, d', view: 'x' }),
      standing: fc.constantFrom(undefined, true, false),
      rowQuality: fc.constantFrom(undefined, [3, 0, -1]),
      seatQuality: fc.constantFrom(undefined, [1, 1, 0, 2]),
    });
    const [concert] = (await client.query<{ id: string }>('SELECT min(id) AS id FROM concerts')).rows;
    await fc.assert(
      fc.asyncProperty(fc.array(section, { minLength: 1, maxLength: 4 }), async (sections: NewSection[]) => {
        const made = await store.create({
          concertId: concert?.id ?? '',
          bookingStartAt: hoursFromNow(-1),
          bookingEndAt: hoursFromNow(1),
          startAt: hoursFromNow(2),
          endAt: hoursFromNow(3),
          sections,
        });
        const scheduleId = made?.schedule.id ?? '';
        const hall = await createSeatCatalog(shop.database).hall(scheduleId);
        const { rows } = await client.query<Seat & { quality: number | null }>(
          `SELECT number, section, row_name AS row, price::float8 AS price, hstore_to_json(attributes) AS attributes,
                  quality, standing AS "isStanding", after_gap AS "afterGap"
             FROM seats WHERE schedule_id = $1 ORDER BY number`,
          [scheduleId],
        );
        const seats = hall.runs.flatMap(({ first, last, ...facts }) =>
          Array.from({ length: last - first + 1 }, (_, i) => ({ number: first + i, ...facts })),
        );
        expect(seats).toEqual(rows);
        expect(rows.map(({ number }) => hall.get(number))).toEqual(
          rows.map(({ number, section, row, price, isStanding }) => ({
            number,
            section,
            row,
            price,
            isStanding,
            label: null,
          })),
        );
        expect(rows.map(({ quality }) => quality)).toEqual(sections.flatMap(qualities));
        expect([hall.get(0), hall.get(rows.length + 1)]).toEqual([undefined, undefined]);
      }),
      { numRuns: 30 },
    );
  });

  test('does not push another one out of memory, nor is it read for who does not wait for it', async () => {
    const others = [await shop.addSchedule(), await shop.addSchedule()];
    const catalog = createSeatCatalog(shop.database, { cachedRuns: SEATS + 3 });
    await warm(catalog, shop.scheduleId);
    const [first = '', second = ''] = others;
    await warm(catalog, first); // Both fit: each is one run of seats.
    const tight = createSeatCatalog(shop.database, { cachedRuns: SEATS + 1 });
    await warm(tight, first);
    const entry = await tight.find(second);
    if (entry === null) throw new Error('no schedule');
    const query = jest.spyOn(shop.database, 'query');
    for (let n = 0; n < 20; n += 1) {
      expect(tight.hallInMemory(entry)).toBeUndefined();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(query.mock.calls).toEqual([]);
    query.mockRestore();
    const there = await tight.find(first);
    expect(there === null ? undefined : tight.hallInMemory(there)).toBeDefined();
  });
});

/** What the operator says of each seat, row after row: its row's number and its own, added up. */
function qualities({ rows, seatsPerRow, rowQuality, seatQuality }: NewSection): (number | null)[] {
  const isRated = rowQuality !== undefined || seatQuality !== undefined;
  return Array.from({ length: rows * seatsPerRow }, (_, index) => {
    const ofRow = rowQuality?.[Math.floor(index / seatsPerRow)] ?? 0;
    return isRated ? ofRow + (seatQuality?.[index % seatsPerRow] ?? 0) : null;
  });
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FreeSeats } from '../../../src/booking/free-seats';
import type { Command } from '../../../src/booking/types';
import { type DecidedGroup, type GroupParts, runGroup } from '../../../src/jobs/schedules/run-group';
import { audit } from '../../../src/models/audit';
import { createHallMemory } from '../../../src/models/hall-memory';
import { untilIs } from '../../support/until';
import { Shop } from '../shop';

const ROW = 10;

let shop: Shop;
let scheduleId: string;
let parts: GroupParts;
beforeAll(async () => {
  shop = await Shop.open();
});
beforeEach(async () => {
  scheduleId = await shop.addSchedule({
    sections: [
      { name: 'Stalls', rows: 2, seatsPerRow: ROW, price: 100 },
      { name: 'Floor', rows: 1, seatsPerRow: 5, price: 50, standing: true },
      { name: 'Box', rows: 1, seatsPerRow: 2, price: 300, attributes: { accessible: 'true' } },
    ],
  });
  parts = shop.workerParts();
});
afterEach(async () => expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]));
afterAll(async () => shop.close());

const STALLS = { sections: ['Stalls'] };

async function decide(commands: Command[], by = parts): Promise<DecidedGroup> {
  const [group] = await runGroup(by, { scheduleId, commands });
  if (group === undefined) throw new Error('nothing was decided');
  return group;
}

/** Each command's seats, or the code of its refusal. */
async function seatsOf(commands: Command[], by = parts): Promise<(number[] | string)[]> {
  const { ended, changes } = await decide(commands, by);
  const bookings = new Map(changes.newBookings.map(({ id, seatNumbers }) => [id, seatNumbers]));
  return ended.map(({ id, outcome }) => bookings.get(id) ?? codeOf(outcome));
}

const codeOf = (outcome: unknown): string =>
  typeof outcome === 'object' && outcome !== null && 'code' in outcome ? String(outcome.code) : '?';

async function claimed(): Promise<number[]> {
  const [rows] = await shop.database.query(
    `SELECT coalesce(array_agg(seat_number ORDER BY seat_number), '{}') AS numbers FROM seat_claims WHERE schedule_id = $1`,
    { bind: [scheduleId] },
  );
  const [row] = rows;
  if (typeof row !== 'object' || row === null || !('numbers' in row)) throw new Error('no row');
  return Array.isArray(row.numbers) ? row.numbers.map(Number) : [];
}

async function stillHeld(): Promise<unknown[]> {
  const [rows] = await shop.database.query(
    'SELECT 1 FROM bookings WHERE schedule_id = $1 AND expires_at > clock_timestamp()',
    { bind: [scheduleId] },
  );
  return rows;
}

/** What the decision left in memory is what Postgres has. */
async function expectTrue({ hall }: DecidedGroup): Promise<void> {
  if (hall === undefined) throw new Error('the group had no hall');
  const truth = FreeSeats.of(hall.state.free.plan, await claimed());
  const all = Array.from({ length: truth.plan.seatCount }, (_, index) => index + 1);
  expect(all.filter((number) => hall.state.free.isFree(number))).toEqual(
    all.filter((number) => truth.isFree(number)),
  );
}

describe('best seats', () => {
  test('of one group are seats of its own for each request, side by side', async () => {
    const found = await seatsOf([
      shop.bestCommand(2, STALLS),
      shop.bestCommand(3, STALLS),
      shop.bestCommand(2, STALLS),
    ]);
    const numbers = found.flat().map(Number);
    expect(numbers).toHaveLength(7);
    expect(new Set(numbers).size).toBe(7);
    for (const seats of found.map((each) => Array.from(each, Number)))
      expect(seats).toEqual(seats.map((_, index) => Number(seats[0]) + index));
    expect(await claimed()).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('are found among seats that others chose by hand in the same group', async () => {
    const byHand: Command = {
      ...shop.holdCommand(1),
      kind: 'hold',
      seatNumbers: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    };
    expect(await seatsOf([byHand, shop.bestCommand(10, STALLS), shop.bestCommand(2, STALLS)])).toEqual([
      byHand.seatNumbers,
      [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
      'SOLD_OUT',
    ]);
  });

  test('that two processes give in turn are never given twice', async () => {
    const other = { ...parts, memory: createHallMemory() };
    for (let turn = 0; turn < 10; turn += 1) {
      const group = await decide([shop.bestCommand(2, STALLS)], turn % 2 === 0 ? parts : other);
      expect(group.ended[0]?.status).toBe('completed');
      await expectTrue(group);
    }
    expect(await seatsOf([shop.bestCommand(1, STALLS)])).toEqual(['SOLD_OUT']);
  });

  test('know of what plain holds and cancels have changed since', async () => {
    const first = shop.bestCommand(4, STALLS);
    await decide([first]);
    await decide([{ id: crypto.randomUUID(), userId: first.userId, kind: 'cancel', bookingId: first.id }]);
    await expectTrue(await decide([shop.holdCommand(1), shop.bestCommand(4, STALLS)]));
    expect(await claimed()).toHaveLength(5);
  });

  test('are the seats of a hold that has ended a moment ago', async () => {
    const short = { ...parts, holdTtlMs: 1 };
    await decide([shop.bestCommand(10, STALLS), shop.bestCommand(10, STALLS)], short);
    await untilIs('both have ended', async () => (await stillHeld()).length, 0, { everyMs: 5 });
    expect(await seatsOf([shop.bestCommand(10, STALLS)])).toHaveLength(1);
    expect((await claimed()).length).toBe(10);
  });

  test('are read again after a transaction that failed on what was remembered', async () => {
    await decide([shop.bestCommand(1, STALLS)]);
    // Another Postgres took over without the last transaction, and has counted its version a second time since.
    await shop.database.query('DELETE FROM seat_claims WHERE schedule_id = $1', { bind: [scheduleId] });
    await shop.database.query('DELETE FROM bookings WHERE schedule_id = $1', { bind: [scheduleId] });
    await shop.database.query('DELETE FROM commands WHERE schedule_id = $1', { bind: [scheduleId] });
    const other = { ...parts, memory: createHallMemory() };
    await decide([shop.bestCommand(2, STALLS)], other);
    await shop.database.query('UPDATE schedules SET seat_version = seat_version - 1 WHERE id = $1', {
      bind: [scheduleId],
    });
    const [seats] = await seatsOf([shop.bestCommand(2, STALLS)]);
    expect(seats).toHaveLength(2);
    expect(await claimed()).toHaveLength(4);
  });

  test('of places to stand are sold to the last one, and never by number', async () => {
    const floor = { sections: ['Floor'] };
    expect(await seatsOf([{ ...shop.holdCommand(1), kind: 'hold', seatNumbers: [21] }])).toEqual([
      'STANDING_AREA',
    ]);
    expect((await seatsOf([shop.bestCommand(3, floor), shop.bestCommand(2, floor)])).flat()).toHaveLength(5);
    expect(await seatsOf([shop.bestCommand(1, floor)])).toEqual(['SOLD_OUT']);
  });

  test('are refused in words: unknown sections, the limit, the price, who needs no accessible seat', async () => {
    const found = await seatsOf([
      shop.bestCommand(1, { sections: ['Stalls', 'Nowhere'] }),
      shop.bestCommand(1, { maxPrice: 10 }),
      shop.bestCommand(2, { sections: ['Box'] }),
      shop.bestCommand(2, { sections: ['Box'], accessible: true }),
    ]);
    expect(found).toEqual(['SEAT_NOT_FOUND', 'SOLD_OUT', 'SOLD_OUT', [26, 27]]);
  });
});

describe('a date that refuses single seats', () => {
  test('refuses a choice by hand that leaves one, and grants the one that does not', async () => {
    scheduleId = await shop.addSchedule({
      singleSeats: 'refuse',
      sections: [{ name: 'A', rows: 1, seatsPerRow: 6, price: 1 }],
    });
    const choose = (...seatNumbers: number[]): Command => ({
      ...shop.holdCommand(1),
      kind: 'hold',
      seatNumbers,
    });
    expect(await seatsOf([choose(2, 3)])).toEqual(['LEAVES_SINGLE_SEAT']);
    expect(await seatsOf([choose(1, 2), choose(4, 5), choose(3, 4)])).toEqual([
      [1, 2],
      'LEAVES_SINGLE_SEAT',
      [3, 4],
    ]);
  });
});

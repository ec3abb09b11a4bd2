import { beforeEach, describe, expect, test } from '@jest/globals';
import { FreeSeats } from '../../src/booking/free-seats';
import { HallPlan } from '../../src/booking/hall-plan';
import { WaitingList } from '../../src/booking/waiting-list';
import { createHallMemory, type HallMemory } from '../../src/models/hall-memory';

const PLAN = new HallPlan([
  { first: 1, last: 9, section: 'A', row: '1', price: 1, attributes: {}, quality: null, isStanding: false },
]);
const hall = (...taken: number[]) => ({ free: FreeSeats.of(PLAN, taken) });

let memory: HallMemory;
beforeEach(() => {
  memory = createHallMemory();
});

describe('the halls in memory', () => {
  test('are recalled at the very versions that they were left at', () => {
    const state = hall(1);
    memory.keep('1', { seats: 3, waitlist: 1 }, state);
    expect(memory.recall('1', { seats: 3, waitlist: 1 })).toBe(state);
    expect(memory.recall('2', { seats: 3, waitlist: 1 })).toBeUndefined();
    expect(memory.recall('1', { seats: 4, waitlist: 1 })).toBeUndefined();
    // Somebody else has decided since, and what they left was not kept yet.
    expect(memory.recall('1', { seats: 3, waitlist: 1 })).toBe(state);
  });

  test('are left as they are by an older decision, and replaced by a newer one', () => {
    const [older, newer] = [hall(1), hall(1, 2)];
    memory.keep('1', { seats: 2, waitlist: 0 }, newer);
    memory.keep('1', { seats: 1, waitlist: 0 }, older);
    expect(memory.recall('1', { seats: 2, waitlist: 0 })).toBe(newer);
    memory.keep('1', { seats: 2, waitlist: 1 }, older);
    expect(memory.recall('1', { seats: 2, waitlist: 1 })).toBe(older);
  });

  test.each([
    ['seats', { seats: 7, waitlist: 2 }],
    ['waiting list', { seats: 8, waitlist: 1 }],
    ['waiting list, while that of the seats is higher', { seats: 9, waitlist: 1 }],
  ])('are all forgotten when Postgres has a lower version of the %s', (_of, found) => {
    memory.keep('1', { seats: 8, waitlist: 2 }, hall(1));
    memory.keep('2', { seats: 5, waitlist: 0 }, hall(2));
    // A standby took over without the last transactions. It will count the same versions once more.
    expect(memory.recall('1', found)).toBeUndefined();
    expect(memory.recall('1', { seats: 8, waitlist: 2 })).toBeUndefined();
    expect(memory.recall('2', { seats: 5, waitlist: 0 })).toBeUndefined();
  });

  test('count with those who wait: long lists push out what is oldest', () => {
    const waiting = new WaitingList(
      Array.from({ length: 20_000 }, (_, index) => ({
        id: `e${index}`,
        userId: `u${index}`,
        sequence: index + 1,
        count: 1,
        sections: null,
        accessible: false,
        createdAt: 1,
      })),
    );
    const versions = { seats: 1, waitlist: 1 };
    const ids = ['1', '2', '3', '4', '5', '6'];
    for (const id of ids) memory.keep(id, versions, { ...hall(), waiting });
    expect(memory.recall('1', versions)).toBeUndefined();
    expect(memory.recall('6', versions)?.waiting).toBe(waiting);
  });
});

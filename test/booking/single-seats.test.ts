import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { leftSingle } from '../../src/booking/single-seats';
import { hallOf, type PlainSeat, type Scene, scenes } from './halls';

describe('a choice by hand', () => {
  test.each([
    ['between others', '......', [2, 3], [1]],
    ['at the other end', '.....x', [3, 4], [5]],
    ['on both sides', '......', [2, 3, 5], [1, 4, 6]],
    ['nowhere', '......', [1, 2], []],
    ['nowhere, with two left on each side', '......', [3, 4], []],
    ['nowhere, when the row is sold out', '..x...', [1, 2], []],
  ])('that leaves one %s', (_, row, chosen, singles) => {
    expect(leftSingle(hallOf({ A: [row] }), chosen)).toEqual(singles);
  });

  test('is not blamed for seats that were single before', () => {
    expect(leftSingle(hallOf({ A: ['.x....x.'] }), [3, 4])).toEqual([]);
  });

  test('may leave a single seat where so many cannot be had side by side without one', () => {
    expect(leftSingle(hallOf({ A: ['...'] }), [1, 2])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['...', '.x.'] }), [1, 2])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['...', '...'], B: ['....'] }), [1, 2])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['...', '..x'] }), [1, 2])).toEqual([3]);
    expect(leftSingle(hallOf({ A: ['...', '....'] }), [1, 2])).toEqual([3]);
  });

  test('of seats that are not side by side is compared with any so many', () => {
    expect(leftSingle(hallOf({ A: ['...'] }), [1, 3])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['...', '...'] }), [1, 3])).toEqual([2]);
    expect(leftSingle(hallOf({ A: ['..', '..', '..'] }), [1, 3, 5])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['..', '..', '.x'] }), [1, 3])).toEqual([2, 4]);
  });

  test('is judged section by section', () => {
    expect(leftSingle(hallOf({ A: ['...'], B: ['....'] }), [1, 2, 5, 6])).toEqual([4, 7]);
  });

  test('may leave accessible seats single, and they keep no others company', () => {
    expect(leftSingle(hallOf({ A: ['aaa...', '....'] }), [1, 2])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['a....', '....'] }), [3, 4])).toEqual([2, 5]);
  });

  test('is no matter where people stand', () => {
    const free = hallOf({ A: ['.....', '.....'] }, () => ({ isStanding: true }));
    expect(leftSingle(free, [2, 4])).toEqual([]);
  });

  test('of what is not there, or not free, leaves nothing', () => {
    expect(leftSingle(hallOf({ A: ['.x..'] }), [2, 99, 0, -1])).toEqual([]);
    expect(leftSingle(hallOf({ A: ['....'] }), [])).toEqual([]);
  });
});

const isOrdinary = ({ isStanding, isAccessible }: PlainSeat): boolean => !isStanding && !isAccessible;

/** Free seats without a free neighbour. */
function singlesAmong(free: PlainSeat[]): number[] {
  const by = new Map(free.map((seat) => [seat.number, seat]));
  return free
    .filter((seat) => ![seat.number - 1, seat.number + 1].some((beside) => by.get(beside)?.row === seat.row))
    .map(({ number }) => number);
}

const leaves = (free: PlainSeat[], chosen: PlainSeat[]): number[] => {
  const before = singlesAmong(free);
  return singlesAmong(free.filter((seat) => !chosen.includes(seat))).filter(
    (single) => !before.includes(single),
  );
};

function* subsets(seats: PlainSeat[], count: number): Generator<PlainSeat[]> {
  if (count === 0) yield [];
  for (const [index, seat] of seats.entries()) {
    for (const rest of subsets(seats.slice(index + 1), count - 1)) yield [seat, ...rest];
    if (count === 0) return;
  }
}

const areTogether = (seats: PlainSeat[]): boolean =>
  seats.every((seat, index) => seat.row === seats[0]?.row && seat.number === (seats[0]?.number ?? 0) + index);

function expectedSingles({ seats, taken }: Scene, chosen: PlainSeat[]): number[] {
  const sections = [...new Set(seats.map(({ section }) => section))];
  return sections
    .flatMap((section) => {
      const free = seats.filter(
        (seat) => seat.section === section && isOrdinary(seat) && !taken.has(seat.number),
      );
      const mine = chosen.filter((seat) => free.includes(seat));
      const blamed = leaves(free, mine);
      if (blamed.length === 0) return [];
      for (const other of subsets(free, mine.length)) {
        if (areTogether(mine) && !areTogether(other)) continue;
        if (leaves(free, other).length === 0) return blamed;
      }
      return [];
    })
    .sort((a, b) => a - b);
}

test('the rule is what trying every other choice in the section says', () => {
  let refused = 0;
  let excused = 0;
  fc.assert(
    fc.property(
      scenes({ rows: 2, runsPerRow: 2 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (scene, dice, isRun) => {
        const free = scene.seats.filter(({ number }) => !scene.taken.has(number));
        if (free.length === 0) return;
        const picks = isRun ? dice.map((_, index) => (dice[0] ?? 0) + index) : dice;
        const chosen = [...new Set(picks.map((die) => free[die % free.length]))]
          .flatMap((seat) => seat ?? [])
          .sort((a, b) => a.number - b.number);
        const singles = leftSingle(
          scene.free,
          chosen.map(({ number }) => number),
        );
        expect(singles).toEqual(expectedSingles(scene, chosen));
        if (singles.length > 0) refused += 1;
        else if (leaves(free.filter(isOrdinary), chosen.filter(isOrdinary)).length > 0) excused += 1;
      },
    ),
    { numRuns: 800, seed: 7 },
  );
  // Or it would have been tried on nothing.
  expect(refused).toBeGreaterThan(50);
  expect(excused).toBeGreaterThan(20);
});

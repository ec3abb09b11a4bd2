import { describe, expect, test } from '@jest/globals';
import { bestAvailable } from '../../src/booking/best-available';
import type { FreeSeats } from '../../src/booking/free-seats';
import type { SeatWish } from '../../src/booking/types';
import { hallOf } from './halls';

const best = (free: FreeSeats, wish: Partial<SeatWish> & { count: number }) => {
  const choice = bestAvailable(free, { together: true, ...wish });
  return 'refusal' in choice ? choice.refusal : choice.seatNumbers;
};

describe('side by side', () => {
  test('is in the middle of the first row of the first section', () => {
    expect(best(hallOf({ A: ['..........', '..........'], B: ['....'] }), { count: 2 })).toEqual([5, 6]);
  });

  test('goes to the next row when the first cannot seat the party', () => {
    expect(best(hallOf({ A: ['.x.x.', '......'] }), { count: 2 })).toEqual([8, 9]);
  });

  test('leaves the longer run whole when a shorter one fits', () => {
    expect(best(hallOf({ A: ['x..x......x'] }), { count: 2 })).toEqual([2, 3]);
    expect(best(hallOf({ A: ['x....x.......x'] }), { count: 2 })).toEqual([4, 5]);
  });

  test('takes a seat that is single already rather than a part of a run', () => {
    expect(best(hallOf({ A: ['.x......'] }), { count: 1 })).toEqual([1]);
  });

  test('leaves no single seat in its row where that has another place', () => {
    expect(best(hallOf({ A: ['...x....x'] }), { count: 2 })).toEqual([5, 6]);
    expect(best(hallOf({ A: ['....'] }), { count: 2 })).toEqual([1, 2]);
    expect(best(hallOf({ A: ['.....'] }), { count: 1 })).toEqual([3]);
    expect(best(hallOf({ A: ['....'] }), { count: 1 })).toEqual([1]);
  });

  test('leaves no single seat where a near row of the section has another place', () => {
    expect(best(hallOf({ A: ['...', 'xx.', '....'] }), { count: 2 })).toEqual([7, 8]);
    const full = Array.from({ length: 9 }, () => 'xxx');
    expect(best(hallOf({ A: ['...', ...full, '..x'] }), { count: 2 })).toEqual([31, 32]);
  });

  test('leaves a single seat rather than go far away, or to another section', () => {
    const full = Array.from({ length: 10 }, () => 'xxx');
    expect(best(hallOf({ A: ['...', ...full, '..x'] }), { count: 2 })).toEqual([1, 2]);
    expect(best(hallOf({ A: ['...'], B: ['..'] }), { count: 2 })).toEqual([1, 2]);
  });

  test('never spans two rows, nor two sections', () => {
    expect(best(hallOf({ A: ['x.', '.x'] }), { count: 2 })).toBe('NOT_TOGETHER');
    expect(best(hallOf({ A: ['x.'], B: ['.x'] }), { count: 2 })).toBe('NOT_TOGETHER');
  });

  test('refuses by what is true: not side by side, or not so many', () => {
    const free = hallOf({ A: ['.x.', 'x.x'] });
    expect(best(free, { count: 3 })).toBe('NOT_TOGETHER');
    expect(best(free, { count: 4 })).toBe('SOLD_OUT');
  });

  test.each([0, -1, 1.5, Number.NaN])('of %s seats nobody can have', (count) => {
    expect(() => best(hallOf({ A: ['...'] }), { count })).toThrow(RangeError);
  });
});

describe('the operator’s rating', () => {
  test('comes before the order of rows and sections', () => {
    const rated = hallOf({ A: ['..', '..'], B: ['..'] }, (section, row) => ({
      quality: section === 'A' && row === 2 ? 5 : null,
    }));
    expect(best(rated, { count: 2 })).toEqual([3, 4]);
    const otherSection = hallOf({ A: ['..'], B: ['..'] }, (section) => ({
      quality: section === 'B' ? 1 : null,
    }));
    expect(best(otherSection, { count: 2 })).toEqual([3, 4]);
  });

  test('below 0 is worse than none', () => {
    const rated = hallOf({ A: ['..', '..'] }, (_, row) => ({ quality: row === 1 ? -1 : null }));
    expect(best(rated, { count: 2 })).toEqual([3, 4]);
  });

  test('of single seats counts for the seats that are chosen', () => {
    // The second row has the best seat, and it is taken.
    const seats = [
      [5, 5, 5, 5],
      [9, 1, 1, 1],
    ];
    const rated = (rows: string[]): FreeSeats =>
      hallOf({ A: rows }, (_, row, seat) => ({ quality: seats[row - 1]?.[seat] ?? 0 }));
    expect(best(rated(['....', 'x...']), { count: 2 })).toEqual([1, 2]);
    expect(best(rated(['....', '....']), { count: 1 })).toEqual([5]);
    expect(best(rated(['xxxx', '....']), { count: 2 })).toEqual([5, 6]);
  });

  test('sends nobody to a much worse seat for the sake of a single one', () => {
    const rated = hallOf({ A: ['...', '....', '....'] }, (_, row) => ({
      quality: [100, 95, 10][row - 1] ?? 0,
    }));
    expect(best(rated, { count: 2 })).toEqual([4, 5]);
    rated.take([4, 5, 6, 7]);
    expect(best(rated, { count: 2 })).toEqual([1, 2]);
  });
});

describe('what is asked for', () => {
  const hall = (): FreeSeats =>
    hallOf({ A: ['....'], B: ['....'] }, (section, _, seat) => ({
      price: section === 'A' ? 200 : seat < 2 ? 150 : 100,
    }));

  test('sections by their names', () => {
    expect(best(hall(), { count: 2, sections: ['B'] })).toEqual([5, 6]);
    expect(best(hall(), { count: 2, sections: ['C'] })).toBe('SOLD_OUT');
    expect(best(hall(), { count: 2, sections: [] })).toBe('SOLD_OUT');
  });

  test('a price that no seat of the party may be above', () => {
    expect(best(hall(), { count: 2, maxPrice: 199 })).toEqual([5, 6]);
    expect(best(hall(), { count: 2, maxPrice: 100 })).toEqual([7, 8]);
    expect(best(hall(), { count: 3, maxPrice: 150 })).toEqual([5, 6, 7]);
    expect(best(hall(), { count: 3, maxPrice: 100 })).toBe('SOLD_OUT');
    expect(best(hall(), { count: 1, maxPrice: 99 })).toBe('SOLD_OUT');
  });

  test('accessible seats for who asks for them, and then nothing else', () => {
    const free = hallOf({ A: ['..aa..', '...'] });
    expect(best(free, { count: 2, accessible: true })).toEqual([3, 4]);
    expect(best(free, { count: 3, accessible: true })).toBe('SOLD_OUT');
    expect(best(free, { count: 3 })).toEqual([7, 8, 9]);
    expect(best(free, { count: 4 })).toBe('NOT_TOGETHER');
    expect(best(free, { count: 8 })).toBe('SOLD_OUT');
  });
});

describe('apart', () => {
  const apart = (free: FreeSeats, count: number) => best(free, { count, together: false });

  test('is side by side where that can be had', () => {
    expect(apart(hallOf({ A: ['x.x.', '....'] }), 3)).toEqual([5, 6, 7]);
  });

  test('is in as few pieces as can be, the later ones in the section of the first', () => {
    expect(apart(hallOf({ A: ['..x.', '.x..'] }), 4)).toEqual([1, 2, 7, 8]);
    expect(apart(hallOf({ A: ['.x.'], B: ['..x.'] }), 3)).toEqual([4, 5, 7]);
  });

  test('refuses when there are too few', () => {
    expect(apart(hallOf({ A: ['.x.', '.aa'] }), 4)).toBe('SOLD_OUT');
  });
});

describe('where people stand', () => {
  const standing = (rows: string[]): FreeSeats =>
    hallOf({ Floor: rows, Seats: ['......'] }, (section) => ({ isStanding: section === 'Floor' }));

  test('any places are side by side', () => {
    expect(best(standing(['.x.x.x', 'x.x.']), { count: 5 })).toEqual([1, 3, 5, 8, 10]);
  });

  test('it is sold to the last place', () => {
    const free = standing(['x.x', '..']);
    const floor = { sections: ['Floor'] };
    expect(best(free, { count: 4, ...floor })).toBe('SOLD_OUT');
    expect(best(free, { count: 3, ...floor })).toEqual([2, 4, 5]);
    free.take([2, 4, 5]);
    expect(best(free, { count: 1, ...floor })).toBe('SOLD_OUT');
    free.giveBack([4]);
    expect(best(free, { count: 1, ...floor })).toEqual([4]);
  });

  test('a party is not split between floor and seats', () => {
    expect(best(standing(['..']), { count: 7 })).toBe('NOT_TOGETHER');
    expect(best(standing(['..']), { count: 4 })).toEqual([3, 4, 5, 6]);
  });
});

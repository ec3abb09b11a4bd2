import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FreeSeats } from '../../src/booking/free-seats';
import { HallPlan } from '../../src/booking/hall-plan';
import { LengthIndex } from '../../src/booking/length-index';
import { hallOf, hallRuns } from './halls';

const runsOfHalls = hallRuns({ rows: 4, runsPerRow: 3 });

const acts = fc.array(
  fc.record({
    kind: fc.constantFrom('take', 'take', 'giveBack', 'fork'),
    seats: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
  }),
  { maxLength: 20 },
);

test('after any acts, all that is kept about the seats is as if it were counted anew', () => {
  fc.assert(
    fc.property(runsOfHalls, acts, (runs, acts) => {
      const plan = new HallPlan(runs);
      let free = FreeSeats.of(plan, []);
      const taken = new Set<number>();
      for (const { kind, seats } of acts) {
        const numbers = seats.map((seat) => (seat % plan.seatCount) + 1);
        if (kind === 'fork') {
          const before = free;
          free = free.fork();
          before.take(numbers);
        } else {
          free[kind === 'take' ? 'take' : 'giveBack'](numbers);
          for (const number of numbers) taken[kind === 'take' ? 'add' : 'delete'](number);
        }
        expect(free).toEqual(FreeSeats.of(plan, taken));
        expect(free.count).toBe(plan.seatCount - taken.size);
        const all = Array.from({ length: plan.seatCount }, (_, index) => index + 1);
        expect(all.filter((number) => !free.isFree(number))).toEqual([...taken].sort((a, b) => a - b));
      }
    }),
    { numRuns: 300 },
  );
});

test('every seat is in the stretch that names it, and stretches of a zone are of one kind', () => {
  fc.assert(
    fc.property(runsOfHalls, (runs) => {
      const plan = new HallPlan(runs);
      for (const run of runs) {
        for (let number = run.first; number <= run.last; number += 1) {
          const index = plan.stretchIndexOf(number);
          const stretch = plan.stretch(index);
          const zone = plan.zoneAt(index);
          expect(stretch.first <= number && number <= stretch.last).toBe(true);
          expect(stretch.runs).toContain(run);
          expect(index >= zone.from && index < zone.to).toBe(true);
          expect(zone).toMatchObject({
            section: run.section,
            isStanding: run.isStanding,
            isAccessible: run.attributes['accessible'] === 'true',
          });
        }
      }
    }),
    { numRuns: 100 },
  );
});

describe('what is no seat of the hall', () => {
  test.each([0, -1, 4, 1.5, Number.NaN])(
    '%s is not free, and can be neither taken nor given back',
    (number) => {
      const free = hallOf({ A: ['...'] });
      expect(free.isFree(number)).toBe(false);
      expect(() => free.take([number])).toThrow(RangeError);
      expect(() => free.giveBack([number])).toThrow(RangeError);
      expect(() => FreeSeats.of(free.plan, [number])).toThrow(RangeError);
      expect(free).toEqual(hallOf({ A: ['...'] }));
    },
  );

  test('a plan with a gap is refused, and one without seats has none', () => {
    const { runs } = hallOf({ A: ['..'] }).plan.stretch(0);
    expect(() => new HallPlan(runs.slice(1))).toThrow(RangeError);
    expect(FreeSeats.of(new HallPlan([]), []).count).toBe(0);
  });
});

test('the index finds the next length that suffices, as a look at each would', () => {
  const lengths = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 20 });
  const range = fc.nat({ max: 20 });
  fc.assert(
    fc.property(lengths, range, range, fc.integer({ min: 1, max: 5 }), (lengths, from, to, wanted) => {
      const index = LengthIndex.of(lengths.length);
      lengths.forEach((length, place) => index.set(place, 4 - length));
      lengths.forEach((length, place) => index.set(place, length));
      const end = Math.min(to, lengths.length);
      const expected = lengths.findIndex((length, place) => place >= from && place < end && length >= wanted);
      expect(index.next(from, end, wanted)).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

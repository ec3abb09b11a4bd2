import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { AS_GOOD, bestAvailable, ROWS_WORTH_A_SINGLE } from '../../src/booking/best-available';
import type { SeatWish } from '../../src/booking/types';
import { type PlainSeat, type Scene, scenes } from './halls';

const halls = scenes({ rows: 14, runsPerRow: 3 });

const wishes: fc.Arbitrary<SeatWish> = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  sections: fc.constantFrom(undefined, undefined, ['A'], ['B', 'A'], ['Z']),
  maxPrice: fc.constantFrom(undefined, undefined, 100, 199),
  accessible: fc.constantFrom(undefined, undefined, false, true),
  together: fc.constantFrom(true, true, false),
});

const isFreeIn =
  ({ taken }: Scene) =>
  ({ number }: PlainSeat): boolean =>
    !taken.has(number);

function fitting(scene: Scene, { sections, maxPrice, accessible }: SeatWish): PlainSeat[] {
  return scene.seats.filter(
    (seat) =>
      isFreeIn(scene)(seat) &&
      (sections === undefined || sections.includes(seat.section)) &&
      (maxPrice === undefined || seat.price <= maxPrice) &&
      seat.isAccessible === (accessible ?? false),
  );
}

const areNeighbours = (a: PlainSeat | undefined, b: PlainSeat): boolean =>
  a !== undefined && a.number + 1 === b.number && a.row === b.row && a.isAccessible === b.isAccessible;

/** Cuts seats into those that are together: side by side, or where people stand, of one section. */
function pieces(seats: PlainSeat[]): PlainSeat[][] {
  const seated: PlainSeat[][] = [];
  const standing = new Map<string, PlainSeat[]>();
  let before: PlainSeat | undefined;
  for (const seat of seats) {
    if (seat.isStanding) standing.set(seat.section, [...(standing.get(seat.section) ?? []), seat]);
    else if (areNeighbours(before, seat)) seated.at(-1)?.push(seat);
    else seated.push([seat]);
    before = seat;
  }
  return [...seated, ...standing.values()];
}

/** Every way to have so many of these seats side by side in a row. */
const windows = (seats: PlainSeat[], count: number): PlainSeat[][] =>
  pieces(seats.filter(({ isStanding }) => !isStanding)).flatMap((piece) =>
    piece.slice(count - 1).map((_, start) => piece.slice(start, start + count)),
  );

/** Free seats of the same kind that are left with no free neighbour of their kind, and had one before. */
function newSingles(scene: Scene, chosen: PlainSeat[]): PlainSeat[] {
  const alone = (free: PlainSeat[]): PlainSeat[] =>
    pieces(free).flatMap((piece) => (piece.length === 1 ? piece : []));
  const freeSeats = scene.seats.filter((seat) => isFreeIn(scene)(seat) && !seat.isStanding);
  const before = new Set(alone(freeSeats));
  return alone(freeSeats.filter((seat) => !chosen.includes(seat))).filter((seat) => !before.has(seat));
}

const ratingOf = (seats: PlainSeat[]): number => seats.reduce((sum, { quality }) => sum + quality, 0);

const always = (runs: number, check: (scene: Scene, wish: SeatWish) => void): void =>
  fc.assert(fc.property(halls, wishes, check), { numRuns: runs });

function chosenSeats(scene: Scene, wish: SeatWish): PlainSeat[] | null {
  const choice = bestAvailable(scene.free, wish);
  if ('refusal' in choice) return null;
  return choice.seatNumbers.flatMap((number) => scene.seats[number - 1] ?? []);
}

test('what is chosen is free, fits, is in order, and is together where that is asked for', () => {
  always(1000, (scene, wish) => {
    const before = scene.free.fork();
    const chosen = chosenSeats(scene, wish);
    expect(scene.free).toEqual(before);
    if (chosen === null) return;
    const fit = fitting(scene, wish);
    expect(chosen).toHaveLength(wish.count);
    expect(chosen.every((seat) => fit.includes(seat))).toBe(true);
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a.number - b.number));
    if (wish.together) expect(pieces(chosen)).toHaveLength(1);
  });
});

test('nobody is refused what there is, and the refusal says what there is', () => {
  always(1000, (scene, wish) => {
    const fit = fitting(scene, wish);
    const isTogether = pieces(fit).some(({ length }) => length >= wish.count);
    const enough = fit.length >= wish.count;
    const expected = isTogether || (enough && !wish.together) ? null : enough ? 'NOT_TOGETHER' : 'SOLD_OUT';
    const choice = bestAvailable(scene.free, wish);
    expect('refusal' in choice ? choice.refusal : null).toBe(expected);
  });
});

/** The rated best seats side by side; of two alike the first. Standing places count by the best of their section. */
function bestOf(scene: Scene, wish: SeatWish): PlainSeat[] {
  const [first = [], ...rest] = windows(fitting(scene, wish), wish.count);
  return rest.reduce((best, window) => (ratingOf(window) > ratingOf(best) ? window : best), first);
}

const isSeated = ({ seats }: Scene): boolean => seats.every(({ isStanding }) => !isStanding);

test('the best row is chosen, or a near one as good where that leaves no single seat', () => {
  always(2000, (scene, asked) => {
    const wish = { ...asked, together: true };
    const chosen = chosenSeats(scene, wish);
    if (chosen === null || !isSeated(scene)) return;
    const [{ section, row } = { section: '', row: 0 }] = chosen;
    const best = bestOf(scene, wish);
    const ratings = scene.seats.map(({ quality }) => quality);
    const range = Math.max(...ratings) - Math.min(...ratings);
    const isAsGood = (window: PlainSeat[]): boolean =>
      ratingOf(window) >= ratingOf(best) - AS_GOOD * range * wish.count;
    expect(isAsGood(chosen)).toBe(true);
    expect(section).toBe(best[0]?.section);
    const rowsOfSection = [...new Set(scene.seats.flatMap((s) => (s.section === section ? [s.row] : [])))];
    const distance = (seats: PlainSeat[]): number =>
      Math.abs(rowsOfSection.indexOf(seats[0]?.row ?? 0) - rowsOfSection.indexOf(best[0]?.row ?? 0));
    expect(distance(chosen)).toBeLessThanOrEqual(ROWS_WORTH_A_SINGLE);
    const asGood = windows(fitting(scene, wish), wish.count).filter(isAsGood);
    const singles = newSingles(scene, chosen).length;
    const better = asGood.filter((window) => newSingles(scene, window).length === 0);
    if (singles > 0) {
      // It could not be helped.
      const near = better.filter(
        (window) => window[0]?.section === section && distance(window) <= ROWS_WORTH_A_SINGLE,
      );
      expect(near).toEqual([]);
    } else if (row !== best[0]?.row) {
      expect(better.filter((window) => window[0]?.row === best[0]?.row)).toEqual([]);
    }
  });
});

test('within a row: fewest single seats, then the shortest run, then the best rated, then the middle', () => {
  always(2000, (scene, asked) => {
    const wish = { ...asked, together: true };
    const chosen = chosenSeats(scene, wish);
    if (chosen === null || !isSeated(scene)) return;
    const { row } = chosen[0] ?? { row: 0 };
    const inRow = scene.seats.filter((seat) => seat.row === row);
    const middle = ((inRow[0]?.number ?? 0) + (inRow.at(-1)?.number ?? 0)) / 2;
    const runs = pieces(inRow.filter(isFreeIn(scene)));
    const merits = (window: PlainSeat[]): number[] => [
      newSingles(scene, window).length,
      runs.find((run) => run.some((seat) => seat === window[0]))?.length ?? 0,
      -ratingOf(window),
      Math.abs(((window[0]?.number ?? 0) + (window.at(-1)?.number ?? 0)) / 2 - middle),
      window[0]?.number ?? 0,
    ];
    const ratings = scene.seats.map(({ quality }) => quality);
    const range = Math.max(...ratings) - Math.min(...ratings);
    const least = ratingOf(bestOf(scene, wish)) - AS_GOOD * range * wish.count;
    const best = windows(fitting(scene, wish), wish.count)
      .filter((window) => window[0]?.row === row && ratingOf(window) >= least)
      .map(merits)
      .sort((a, b) => a.map((merit, index) => merit - (b[index] ?? 0)).find((more) => more !== 0) ?? 0);
    expect(merits(chosen)).toEqual(best[0]);
  });
});

test('who sits apart sits in as few pieces as can be', () => {
  always(1000, (scene, asked) => {
    const wish = { ...asked, together: false };
    const chosen = chosenSeats(scene, wish);
    if (chosen === null) return;
    const lengths = pieces(fitting(scene, wish)).map(({ length }) => length);
    let fewest = 0;
    for (let left = wish.count; left > 0; fewest += 1) {
      left -= lengths.toSorted((a, b) => b - a)[fewest] ?? left;
    }
    expect(pieces(chosen).length).toBeLessThanOrEqual(fewest);
  });
});

test('a group of wishes one after the other gets seats of its own, down to what nobody can have', () => {
  fc.assert(
    fc.property(halls, fc.array(wishes, { maxLength: 30 }), (scene, group) => {
      const free = scene.free.fork();
      const taken = new Set(scene.taken);
      for (const wish of group) {
        const choice = bestAvailable(free, wish);
        const now = { ...scene, taken, free };
        if ('refusal' in choice) {
          const fit = fitting(now, wish);
          expect(wish.together ? windows(fit, wish.count) : fit.slice(wish.count - 1)).toEqual([]);
          continue;
        }
        expect(choice.seatNumbers.filter((number) => taken.has(number))).toEqual([]);
        free.take(choice.seatNumbers);
        for (const number of choice.seatNumbers) taken.add(number);
      }
      expect(free.count).toBe(scene.seats.length - taken.size);
    }),
    { numRuns: 300 },
  );
});

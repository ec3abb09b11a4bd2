import * as fc from 'fast-check';
import { FreeSeats } from '../../src/booking/free-seats';
import { HallPlan } from '../../src/booking/hall-plan';
import type { SeatRun } from '../../src/booking/types';

/** A row as a test draws it: a character a seat. '.' is free, 'x' taken, 'a' a free accessible seat, 'A' a taken one. */
export type RowPicture = string;

const run = (first: number, length: number, rest: Partial<SeatRun>): SeatRun => ({
  first,
  last: first + length - 1,
  section: 'A',
  row: '1',
  price: 100,
  attributes: {},
  quality: null,
  isStanding: false,
  ...rest,
});

/** Sections of rows of pictures; all that is not said is as in the plainest of halls. */
export function hallOf(
  sections: Record<string, RowPicture[]>,
  detail: (section: string, row: number, seat: number) => Partial<SeatRun> = () => ({}),
): FreeSeats {
  const runs: SeatRun[] = [];
  const taken: number[] = [];
  for (const [section, rows] of Object.entries(sections)) {
    rows.forEach((picture, rowIndex) => {
      Array.from(picture).forEach((seat, seatIndex) => {
        const number = runs.length + 1;
        const attributes = seat.toLowerCase() === 'a' ? { accessible: 'true' } : {};
        const row = String(rowIndex + 1);
        runs.push(run(number, 1, { section, row, attributes, ...detail(section, rowIndex + 1, seatIndex) }));
        if (seat === 'x' || seat === 'A') taken.push(number);
      });
    });
  }
  return FreeSeats.of(new HallPlan(runs), taken);
}

/** One seat with all that tells it apart, as obvious as can be. */
export interface PlainSeat {
  number: number;
  section: string;
  /** Which row of the hall: of whoever sits beside each other it is the same. */
  row: number;
  price: number;
  quality: number;
  isAccessible: boolean;
  isStanding: boolean;
}

/** The seats of a plan one by one. */
export function plainSeats(runs: readonly SeatRun[]): PlainSeat[] {
  let row = 0;
  return runs.flatMap((run, index) => {
    const before = runs[index - 1];
    const isSame =
      before?.section === run.section && before.row === run.row && before.isStanding === run.isStanding;
    if (!isSame) row += 1;
    return Array.from({ length: run.last - run.first + 1 }, (_, offset) => ({
      number: run.first + offset,
      section: run.section,
      row,
      price: run.price,
      quality: run.quality ?? 0,
      isAccessible: run.attributes['accessible'] === 'true',
      isStanding: run.isStanding,
    }));
  });
}

interface RunShape {
  length: number;
  price: number;
  quality: number | null;
  accessible: string | undefined;
}

const shapes = (isRated: boolean): fc.Arbitrary<RunShape> =>
  fc.record({
    length: fc.integer({ min: 1, max: 5 }),
    price: fc.constantFrom(100, 100, 200),
    quality: isRated ? fc.constantFrom(null, -3, 1, 8, 9, 10) : fc.constant(null),
    accessible: fc.constantFrom(undefined, undefined, undefined, 'true', 'false'),
  });

/** How large halls may be. */
interface Size {
  rows: number;
  runsPerRow: number;
}

const rows = (isRated: boolean, { rows, runsPerRow }: Size): fc.Arbitrary<RunShape[][]> =>
  fc.array(fc.array(shapes(isRated), { minLength: 1, maxLength: runsPerRow }), {
    minLength: 1,
    maxLength: rows,
  });

/** Halls of every kind that the plan knows, some rated, some with a section cut in two by another. */
export const hallRuns = (size: Size): fc.Arbitrary<SeatRun[]> =>
  fc.boolean().chain((isRated) =>
    fc
      .array(
        fc.record({
          section: fc.constantFrom('A', 'B', 'C'),
          isStanding: fc.constantFrom(false, false, false, true),
          rows: rows(isRated, size),
        }),
        { minLength: 1, maxLength: 3 },
      )
      .map((sections) => {
        const runs: SeatRun[] = [];
        for (const [part, { section, isStanding, rows }] of sections.entries()) {
          for (const [row, shapes] of rows.entries()) {
            for (const { length, accessible, price, quality } of shapes) {
              const attributes: SeatRun['attributes'] = accessible === undefined ? {} : { accessible };
              const first = (runs.at(-1)?.last ?? 0) + 1;
              const place = { section, row: `${part}-${row}`, isStanding };
              runs.push(run(first, length, { ...place, attributes, price, quality }));
            }
          }
        }
        return runs;
      }),
  );

export interface Scene {
  runs: SeatRun[];
  seats: PlainSeat[];
  taken: Set<number>;
  free: FreeSeats;
}

/** Halls in which some seats are taken: from none to nearly all. */
export const scenes = (size: Size): fc.Arbitrary<Scene> =>
  hallRuns(size).chain((runs) => {
    const seats = plainSeats(runs);
    const ofTen = fc.integer({ min: 0, max: 9 });
    return fc
      .tuple(ofTen, fc.array(ofTen, { minLength: seats.length, maxLength: seats.length }))
      .map(([share, dice]) => {
        const taken = new Set(
          seats.filter((_, index) => (dice[index] ?? 0) < share).map(({ number }) => number),
        );
        return { runs, seats, taken, free: FreeSeats.of(new HallPlan(runs), taken) };
      });
  });

import { HallPlan } from '../booking/hall-plan';
import type { Seat, SeatRun, SeatsByNumber } from '../booking/types';

/**
 * Where a section lies, in widths of a seat: the middle of the stage's edge is 0, 0; x goes to the right of whoever looks
 * at the stage from below the plan, y away from the stage.
 */
export type SectionLayout =
  | { shape: 'block'; x: number; y: number; turnDegrees: number }
  | { shape: 'arc'; distance: number; angleDegrees: number };

/** By the section's name. */
export type HallLayout = Record<string, SectionLayout>;

/** All seats of one schedule. Kept by runs, which take far less memory than single seats would. */
export class Hall implements SeatsByNumber {
  /** @param runs in order of their numbers, without a gap, from 1 */
  constructor(
    readonly runs: readonly SeatRun[],
    readonly layout: HallLayout | null = null,
  ) {}

  #plan: HallPlan | undefined;

  /** The same for the rules, made when it is first needed. */
  get plan(): HallPlan {
    this.#plan ??= new HallPlan(this.runs);
    return this.#plan;
  }

  /** A search by halves: a hall may have thousands of runs. */
  get(number: number): Seat | undefined {
    let low = 0;
    let high = this.runs.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const run = this.runs[middle];
      if (run === undefined) return undefined;
      if (number < run.first) high = middle - 1;
      else if (number > run.last) low = middle + 1;
      else {
        const { section, row, price, isStanding } = run;
        return { number, section, row, price, isStanding };
      }
    }
    return undefined;
  }
}

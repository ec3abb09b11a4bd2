import { HallPlan } from '../booking/hall-plan';
import type { Seat, SeatRun, SeatsByNumber } from '../booking/types';

// A run takes about as much memory as so many labels.
const LABELS_A_RUN = 8;

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
  /**
   * @param runs in order of their numbers, without a gap, from 1
   * @param labels what is printed on each seat, '' where that is its number; null: on all of them
   */
  constructor(
    readonly runs: readonly SeatRun[],
    readonly layout: HallLayout | null = null,
    private readonly labels: readonly string[] | null = null,
  ) {}

  #plan: HallPlan | undefined;

  /** The same for the rules, made when it is first needed. */
  get plan(): HallPlan {
    this.#plan ??= new HallPlan(this.runs);
    return this.#plan;
  }

  /** In runs: what it takes of the memory for halls. */
  get size(): number {
    return this.runs.length + Math.ceil((this.labels?.length ?? 0) / LABELS_A_RUN) + 1;
  }

  /** null: its number is printed on it. */
  labelOf(number: number): string | null {
    return this.labels?.[number - 1] || null;
  }

  /** Of several seats, '' where its number is printed on one; null: on all of them. */
  labelsOf(first: number, last: number): string[] | null {
    const labels = this.labels?.slice(first - 1, last) ?? [];
    return labels.some((label) => label !== '') ? labels : null;
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
        return { number, section, row, price, isStanding, label: this.labelOf(number) };
      }
    }
    return undefined;
  }
}

import { HallPlan } from '../booking/hall-plan';
import type { Seat, SeatRun, SeatsByNumber } from '../booking/types';

// A run takes about as much memory as so many labels.
const LABELS_A_RUN = 8;

/** All seats of one schedule. Kept by runs, which take far less memory than single seats would. */
export class Hall implements SeatsByNumber {
  /**
   * @param runs in order of their numbers, without a gap, from 1
   * @param labels what is printed on each seat, '' where that is its number; not there: on all of them
   */
  constructor(
    readonly runs: readonly SeatRun[],
    private readonly labels?: readonly string[],
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

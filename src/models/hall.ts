import type { Seat, SeatRun, SeatsByNumber } from '../booking/types';

/** All seats of one schedule. Kept by runs, which take far less memory than single seats would. */
export class Hall implements SeatsByNumber {
  /** @param runs in order of their numbers, without a gap, from 1 */
  constructor(readonly runs: readonly SeatRun[]) {}

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
      else return { number, section: run.section, row: run.row, price: run.price };
    }
    return undefined;
  }
}

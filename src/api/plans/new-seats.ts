import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NewSeat } from '../../models/planned-seats';
import type { PlannedSeat } from './plan-columns';

const SEATS_A_TURN = 2000;

/** The seats to be made for a plan, in its order: which have another number printed on them, and where the aisles are. */
export async function newSeatsOf(planned: readonly PlannedSeat[]): Promise<NewSeat[]> {
  const seats: NewSeat[] = [];
  let turnEnds = SEATS_A_TURN;
  for (const row of rowsOf(planned)) {
    const gaps = gapsIn(row.map(({ number }) => number));
    for (const [
      place,
      { section, row: name, number, price, quality, attributes, standing },
    ] of row.entries()) {
      const label = number === String(seats.length + 1) ? null : number;
      const afterGap = gaps.has(place);
      seats.push({ section, row: name, price, quality, attributes, standing, label, afterGap });
      if (seats.length < turnEnds) continue;
      turnEnds += SEATS_A_TURN;
      await nextTurn();
    }
  }
  return seats;
}

function* rowsOf(planned: readonly PlannedSeat[]): Generator<PlannedSeat[]> {
  let row: PlannedSeat[] = [];
  for (const seat of planned) {
    const [first] = row;
    if (first !== undefined && (first.section !== seat.section || first.row !== seat.row)) {
      yield row;
      row = [];
    }
    row.push(seat);
  }
  if (row.length > 0) yield row;
}

/**
 * Which seats of a row are not beside the one before: where the printed numbers leave one out. Rows that are numbered by
 * twos (odd seats, even seats, or both from the middle outwards) leave none out by that. Numbers that are none, such as
 * “12A”, say nothing of it.
 */
export function gapsIn(numbers: readonly string[]): Set<number> {
  const steps = numbers.map((number, place) => stepBetween(numbers[place - 1], number));
  const often = (step: number): number => steps.filter((each) => each === step).length;
  const ones = often(1);
  const twos = often(2);
  const widest = twos > 0 && (ones === 0 || (ones === 1 && twos > 1)) ? 2 : 1;
  return new Set([...steps.keys()].filter((place) => (steps[place] ?? 0) > widest));
}

function stepBetween(before: string | undefined, number: string): number | null {
  if (before === undefined || !/^\d+$/.test(before) || !/^\d+$/.test(number)) return null;
  return Math.abs(Number(number) - Number(before));
}

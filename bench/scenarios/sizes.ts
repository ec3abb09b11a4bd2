import type { Bench } from '../bench';
import type { Contest } from '../contest';

/** Seats of the one hot schedule. */
export const SEATS = 20_000;
/** Seats kept for waking a schedule up before it is measured: its seats are cached, its queue has a worker. */
export const PRIMING = 20;

/** How many rounds there are and how long a turn lasts, in seconds. */
export function contestOf({ quick }: Bench, connections: number, most: number): Contest {
  return {
    rounds: quick ? 2 : 5,
    seconds: quick ? 1 : 4,
    most: quick ? Math.min(most, 6000) : most,
    least: Math.min(most, connections * 2),
  };
}

/** With the uncounted first one. */
export const allRounds = (bench: Bench): number => contestOf(bench, 1, 1).rounds + 1;

export const range = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));

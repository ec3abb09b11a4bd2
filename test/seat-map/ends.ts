import type { SeatStates } from '../../src/seat-map/seat-map';

export const HOLD_MS = 60_000;

/** As Postgres tells it: of each seat when its hold ends, 1 for a free and all ones for a sold one. */
export function withEnds(read: SeatStates, endMs = Date.now() + HOLD_MS): SeatStates & { ends: Buffer } {
  const ends = Buffer.alloc(4 * read.states.length);
  const endOf: Record<string, number> = { A: 1, H: Math.floor(endMs / 1000), S: 0xff_ff_ff_ff };
  read.states.split('').forEach((state, index) => ends.writeUInt32BE(endOf[state] ?? 0, 4 * index));
  return { ...read, ends };
}

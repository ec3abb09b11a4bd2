import { z } from 'zod';
import type { SeatState } from '../booking/types';

/**
 * A(vailable), H(eld), S(old), B(locked): a seat's state as the map and its log have it. Another one must be told apart by
 * `counts.lua`, and have an end in `change.lua` and `note.lua`.
 */
export type SeatCharacter = 'A' | 'H' | 'S' | 'B';

export const CHARACTER: Record<SeatState, SeatCharacter> = {
  AVAILABLE: 'A',
  HELD: 'H',
  SOLD: 'S',
  BLOCKED: 'B',
};
export const STATUS: Record<SeatCharacter, SeatState> = {
  A: 'AVAILABLE',
  H: 'HELD',
  S: 'SOLD',
  B: 'BLOCKED',
};

/** What brings a map to a version: the state there of every seat that has changed, by its number. */
export interface SeatChanges {
  version: number;
  changed: ReadonlyMap<number, SeatCharacter>;
}

const Reply = z.tuple([z.int(), z.array(z.string())]).nullable();
export const isCharacter = (text: string | undefined): text is SeatCharacter =>
  text !== undefined && text in STATUS;

/**
 * Reads what `since.lua` has answered.
 * @returns null when it cannot be told, or when an entry is missing in between: then only the whole map is right
 */
export function readChanges(reply: unknown, since: number): SeatChanges | null {
  const read = Reply.parse(reply ?? null);
  if (read === null) return null;
  const [version, entries] = read;
  const changed = new Map<number, SeatCharacter>();
  for (const [index, entry] of entries.entries()) {
    const space = entry.indexOf(' ');
    if (Number(entry.slice(0, space)) !== since + 1 + index) return null;
    for (const [, number, state = ''] of entry.slice(space + 1).matchAll(/(\d+)(\D)/g))
      if (isCharacter(state)) changed.set(Number(number), state);
  }
  return { version, changed };
}

/** What differs between two maps of the same seats. */
export function differences(before: string, after: string): Map<number, SeatCharacter> {
  const changed = new Map<number, SeatCharacter>();
  for (let i = 0; i < after.length; i += 1) {
    const state = after[i] ?? '';
    if (state !== before[i] && isCharacter(state)) changed.set(i + 1, state);
  }
  return changed;
}

/** A map with these changes made. */
export function changedStates(before: string, changed: ReadonlyMap<number, SeatCharacter>): string {
  const states = Buffer.from(before, 'latin1');
  for (const [number, state] of changed) states.write(state, number - 1, 'latin1');
  return states.toString('latin1');
}

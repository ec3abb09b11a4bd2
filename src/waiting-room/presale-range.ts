/**
 * Places of presales have a range of sequences of their own: the moment in microseconds, as for any place, less this; and below it.
 * The prelude of the scripts has the same number.
 */
export const BELOW_ORDINARY = 1_500_000_000_000_000;

export const isPresalePlace = (sequence: string): boolean => Number(sequence) < BELOW_ORDINARY;

/** When a place was given, in microseconds since 1970: the order of all places that one user had, of either kind. */
export function momentOf(sequence: string): number {
  const number = Number(sequence);
  return number < BELOW_ORDINARY ? number + BELOW_ORDINARY : number;
}

import type { SeatRun } from './types';

/**
 * Neighbouring seats of one row that are sold to the same people: between them and the accessible ones among which
 * they stand, or across an aisle, nobody can sit side by side.
 */
export interface Stretch {
  first: number;
  last: number;
  runs: readonly SeatRun[];
  /** Which row of its section, counted from the first. */
  row: number;
  /** The middle of the whole row, times two: a whole number. */
  doubleCentre: number;
  /** Where the plan has it. Of two equally good ones the earlier is better. */
  order: number;
  bestQuality: number;
  /** All of its seats are rated alike. */
  isEven: boolean;
  lowestPrice: number;
  highestPrice: number;
}

/** The seats of one section that are of one kind: with seats or standing, accessible or not. */
export interface Zone {
  index: number;
  section: string;
  isAccessible: boolean;
  isStanding: boolean;
  /** Its stretches in `plan.stretches`: from `from` up to, without, `to`. The best come first. */
  from: number;
  to: number;
  order: number;
  bestQuality: number;
}

/** A zone that has no place in a plan yet. */
export type Draft = Omit<Zone, 'index' | 'from' | 'to'> & { stretches: Stretch[] };

export const qualityOf = ({ quality }: SeatRun): number => quality ?? 0;

const isAccessible = ({ attributes }: SeatRun): boolean => attributes['accessible'] === 'true';

/** The best first: by their best seat, else in the order of the plan. */
export const byPreference = (
  a: { bestQuality: number; order: number },
  b: { bestQuality: number; order: number },
): number => b.bestQuality - a.bestQuality || a.order - b.order;

/** Neighbours with the same section and row, whatever else tells them apart. */
export function rowsOf(runs: readonly SeatRun[]): SeatRun[][] {
  let expected = 1;
  for (const { first, last } of runs) {
    if (first !== expected || last < first) throw new RangeError(`Seat ${expected} is missing from the plan`);
    expected = last + 1;
  }
  return groupsOf(
    runs,
    (a, b) => a.section === b.section && a.row === b.row && a.isStanding === b.isStanding,
  );
}

/** Sections cut into zones, in the order of the plan. @param rows see `rowsOf` */
export function zonesOf(rows: readonly SeatRun[][]): Draft[] {
  const zones = new Map<string, Draft>();
  const rowCounts = new Map<string, number>();
  let order = 0;
  for (const row of rows) {
    const [{ section, isStanding } = { section: '', isStanding: false }] = row;
    const rowIndex = rowCounts.get(section) ?? 0;
    rowCounts.set(section, rowIndex + 1);
    const doubleCentre = (row[0]?.first ?? 0) + (row.at(-1)?.last ?? 0);
    for (const runs of groupsOf(row, (a, b) => isAccessible(a) === isAccessible(b) && b.afterGap !== true)) {
      const stretch = stretchOf(runs, { row: rowIndex, doubleCentre, order: (order += 1) });
      const accessible = runs.some(isAccessible);
      const key = JSON.stringify([section, isStanding, accessible]);
      const zone = zones.get(key);
      if (zone === undefined) {
        const { bestQuality } = stretch;
        const kind = { section, isStanding: isStanding, isAccessible: accessible };
        zones.set(key, { ...kind, order, bestQuality, stretches: [stretch] });
      } else {
        zone.stretches.push(stretch);
        zone.bestQuality = Math.max(zone.bestQuality, stretch.bestQuality);
      }
    }
  }
  return [...zones.values()];
}

function stretchOf(
  runs: readonly SeatRun[],
  place: Pick<Stretch, 'row' | 'doubleCentre' | 'order'>,
): Stretch {
  const qualities = runs.map(qualityOf);
  const prices = runs.map(({ price }) => price);
  const bestQuality = greatest(qualities);
  return {
    ...place,
    first: runs[0]?.first ?? 0,
    last: runs.at(-1)?.last ?? 0,
    runs,
    bestQuality,
    isEven: qualities.every((quality) => quality === bestQuality),
    lowestPrice: least(prices),
    highestPrice: greatest(prices),
  };
}

/** Cuts where two neighbours do not belong together. */
function groupsOf<Item>(items: readonly Item[], belong: (before: Item, after: Item) => boolean): Item[][] {
  const groups: Item[][] = [];
  let before: Item | undefined;
  for (const item of items) {
    if (before !== undefined && belong(before, item)) groups.at(-1)?.push(item);
    else groups.push([item]);
    before = item;
  }
  return groups;
}

// Not Math.max(...): a hall's runs may be more than a call takes arguments.
export const greatest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), -Infinity);
export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

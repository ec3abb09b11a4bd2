import type { SeatRun } from './types';

/**
 * Neighbouring seats of one row that are sold to the same people: between them and the accessible ones among which
 * they stand nobody can sit side by side.
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

type Draft = Omit<Zone, 'index' | 'from' | 'to'> & { stretches: Stretch[] };

/** What of a hall never changes, as its rows: who sits beside whom, and which seats are better. */
export class HallPlan {
  readonly seatCount: number;
  /** The best first: by their best seat, else in the order of the plan. */
  readonly zones: readonly Zone[];
  readonly stretches: readonly Stretch[];
  /** From the worst to the best rating: what a difference between two of them has to be measured by. */
  readonly qualityRange: number;
  private readonly ordinaryZones: readonly Zone[];
  private readonly accessibleZones: readonly Zone[];
  private readonly firsts: Uint32Array;
  private readonly indexes: Uint32Array;
  private readonly zoneIndexes: Uint32Array;
  /** Of rows that seats of another kind cut into several stretches, by zone and row. */
  private readonly cutRows = new Map<string, Stretch[]>();

  /** @param runs in order of their numbers, without a gap, from 1 */
  constructor(runs: readonly SeatRun[]) {
    this.seatCount = runs.at(-1)?.last ?? 0;
    const drafts = zonesOf(rowsOf(runs)).toSorted(byPreference);
    let from = 0;
    this.zones = drafts.map(({ stretches, ...zone }, index) => {
      const to = from + stretches.length;
      const placed = { ...zone, index, from, to };
      from = to;
      return placed;
    });
    this.ordinaryZones = this.zones.filter(({ isAccessible }) => !isAccessible);
    this.accessibleZones = this.zones.filter(({ isAccessible }) => isAccessible);
    this.stretches = drafts.flatMap(({ stretches }) => stretches.toSorted(byPreference));
    const qualities = runs.map(qualityOf);
    this.qualityRange = qualities.length === 0 ? 0 : greatest(qualities) - least(qualities);
    const byNumber = this.stretches
      .map(({ first }, index) => ({ first, index }))
      .toSorted((a, b) => a.first - b.first);
    this.firsts = Uint32Array.from(byNumber, ({ first }) => first);
    this.indexes = Uint32Array.from(byNumber, ({ index }) => index);
    this.zoneIndexes = new Uint32Array(this.stretches.length);
    for (const zone of this.zones) {
      this.zoneIndexes.fill(zone.index, zone.from, zone.to);
      this.noteCutRows(zone);
    }
  }

  /**
   * The place in `stretches` of the one that has this seat.
   * @throws RangeError when the hall has no such seat
   */
  stretchIndexOf(seatNumber: number): number {
    if (!(Number.isInteger(seatNumber) && seatNumber >= 1 && seatNumber <= this.seatCount)) {
      throw new RangeError(`The hall has no seat ${seatNumber}`);
    }
    let low = 0;
    let high = this.firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.firsts[middle] ?? 0) <= seatNumber) low = middle;
      else high = middle - 1;
    }
    return this.indexes[low] ?? 0;
  }

  hasSection(section: string): boolean {
    return this.zones.some((zone) => zone.section === section);
  }

  /** @throws RangeError when the plan has no such stretch */
  stretch(index: number): Stretch {
    const stretch = this.stretches[index];
    if (stretch === undefined) throw new RangeError(`The plan has no stretch ${index}`);
    return stretch;
  }

  /** Accessible ones or the others, the best first. */
  zonesOf(accessible: boolean): readonly Zone[] {
    return accessible ? this.accessibleZones : this.ordinaryZones;
  }

  /** All stretches of its zone in its row, with itself. */
  rowOf(zone: Zone, stretch: Stretch): readonly Stretch[] {
    if (this.cutRows.size === 0) return [stretch];
    return this.cutRows.get(rowKey(zone, stretch)) ?? [stretch];
  }

  /** @throws RangeError when the plan has no such stretch */
  zoneAt(stretchIndex: number): Zone {
    const zone = this.zones[this.zoneIndexes[stretchIndex] ?? -1];
    if (zone === undefined) throw new RangeError(`The plan has no stretch ${stretchIndex}`);
    return zone;
  }

  private noteCutRows(zone: Zone): void {
    const seen = new Map<number, Stretch>();
    for (const stretch of this.stretches.slice(zone.from, zone.to)) {
      const first = seen.get(stretch.row);
      const key = rowKey(zone, stretch);
      if (first === undefined) seen.set(stretch.row, stretch);
      else this.cutRows.set(key, [...(this.cutRows.get(key) ?? [first]), stretch]);
    }
  }
}

const rowKey = ({ index }: Zone, { row }: Stretch): string => `${index} ${row}`;

/** The run that has this seat, of a stretch that has it. */
export function runAt({ runs }: Stretch, seatNumber: number): SeatRun {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.last ?? 0) < seatNumber) low = middle + 1;
    else high = middle;
  }
  const run = runs[low];
  if (run === undefined) throw new RangeError(`The stretch has no seat ${seatNumber}`);
  return run;
}

export const qualityOf = ({ quality }: SeatRun): number => quality ?? 0;

const isAccessible = ({ attributes }: SeatRun): boolean => attributes['accessible'] === 'true';

const byPreference = (
  a: { bestQuality: number; order: number },
  b: { bestQuality: number; order: number },
): number => b.bestQuality - a.bestQuality || a.order - b.order;

/** Neighbours with the same section and row, whatever else tells them apart. */
function rowsOf(runs: readonly SeatRun[]): SeatRun[][] {
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

function zonesOf(rows: readonly SeatRun[][]): Draft[] {
  const zones = new Map<string, Draft>();
  const rowCounts = new Map<string, number>();
  let order = 0;
  for (const row of rows) {
    const [{ section, isStanding } = { section: '', isStanding: false }] = row;
    const rowIndex = rowCounts.get(section) ?? 0;
    rowCounts.set(section, rowIndex + 1);
    const doubleCentre = (row[0]?.first ?? 0) + (row.at(-1)?.last ?? 0);
    for (const runs of groupsOf(row, (a, b) => isAccessible(a) === isAccessible(b))) {
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
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

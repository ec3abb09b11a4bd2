import {
  byPreference,
  greatest,
  least,
  qualityOf,
  rowsOf,
  type Stretch,
  type Zone,
  zonesOf,
} from './hall-zones';
import type { SeatRun } from './types';

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
  /** Of rows that seats of another kind, or aisles, cut into several stretches, by zone and row. */
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

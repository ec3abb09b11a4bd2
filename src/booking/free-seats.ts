import { type HallPlan, qualityOf, type Stretch, type Zone } from './hall-plan';
import { LengthIndex } from './length-index';

/** What changes. By stretch and by zone means: by its place in the plan. */
interface Counts {
  /** By seat number: 1 for free. */
  isFree: Uint8Array;
  byStretch: Uint32Array;
  byZone: Uint32Array;
  /** By stretch: most free seats side by side; where people stand, all that are free. */
  longest: LengthIndex;
  /** By stretch and number of seats: see `topAt`. Kept where seats are not all rated alike. */
  tops: Int32Array;
  /** By stretch: no seat before this one is free. */
  lowest: Uint32Array;
}

/** Parties of up to so many have the best ratings side by side kept for them; larger ones are rare. */
export const TOPS = 8;

/** Less than any ratings add up to. */
const NONE = -(2 ** 31);

/**
 * Which seats of a hall are free, kept so that seats side by side are found without a look at the whole hall: what is
 * taken or given back costs a look at its row, and who chooses passes over the rows that are too full.
 */
export class FreeSeats {
  private constructor(
    readonly plan: HallPlan,
    private readonly counts: Counts,
    private total: number,
  ) {}

  /**
   * @param taken held, sold, or out of sale
   * @throws RangeError when the hall has no such seat
   */
  static of(plan: HallPlan, taken: Iterable<number>): FreeSeats {
    const { seatCount, stretches, zones } = plan;
    const free = new FreeSeats(
      plan,
      {
        isFree: new Uint8Array(seatCount + 1).fill(1, 1),
        byStretch: new Uint32Array(stretches.length),
        byZone: new Uint32Array(zones.length),
        longest: LengthIndex.of(stretches.length),
        tops: new Int32Array(stretches.length * TOPS),
        lowest: Uint32Array.from(stretches, ({ first }) => first),
      },
      seatCount,
    );
    stretches.forEach(({ first, last }, index) => free.add(index, last - first + 1));
    for (const seatNumber of taken) free.set(seatNumber, 0);
    stretches.forEach((_, index) => free.measure(index));
    return free;
  }

  /** How many seats are free. */
  get count(): number {
    return this.total;
  }

  isFree(seatNumber: number): boolean {
    return this.counts.isFree[seatNumber] === 1;
  }

  /** An independent copy, for little more than copying a byte a seat. */
  fork(): FreeSeats {
    const { isFree, byStretch, byZone, longest, tops, lowest } = this.counts;
    const counts: Counts = {
      isFree: isFree.slice(),
      byStretch: byStretch.slice(),
      byZone: byZone.slice(),
      longest: longest.copy(),
      tops: tops.slice(),
      lowest: lowest.slice(),
    };
    return new FreeSeats(this.plan, counts, this.total);
  }

  /**
   * From now on these seats are not free. To say so of seats that are not free does no harm.
   * @throws RangeError when the hall has no such seat
   */
  take(seatNumbers: Iterable<number>): void {
    this.change(seatNumbers, 0);
  }

  /**
   * From now on these seats are free. To say so of seats that are free does no harm.
   * @throws RangeError when the hall has no such seat
   */
  giveBack(seatNumbers: Iterable<number>): void {
    this.change(seatNumbers, 1);
  }

  countIn(zone: Zone): number {
    return this.counts.byZone[zone.index] ?? 0;
  }

  countAt(stretchIndex: number): number {
    return this.counts.byStretch[stretchIndex] ?? 0;
  }

  /** Nothing before it is free: where to begin to look for free seats. */
  lowestAt(stretchIndex: number): number {
    return this.counts.lowest[stretchIndex] ?? 0;
  }

  /**
   * No seats side by side, so many, have ratings that add up to more here; up to `TOPS` of them some do, if there are so
   * many at all.
   */
  topAt(stretchIndex: number, count: number): number {
    const stretch = this.plan.stretch(stretchIndex);
    if (stretch.isEven) return stretch.bestQuality * count;
    const { tops } = this.counts;
    if (count <= TOPS) return tops[stretchIndex * TOPS + count - 1] ?? 0;
    return (tops[stretchIndex * TOPS] ?? 0) * count;
  }

  /**
   * The next stretch of a zone with so many free seats side by side (anywhere in it, where people stand).
   * @param from where to begin, by place in the plan
   * @returns -1 when there is none
   */
  nextIn(zone: Zone, length: number, from = zone.from): number {
    return this.counts.longest.next(from, zone.to, length);
  }

  private change(seatNumbers: Iterable<number>, isFree: 0 | 1): void {
    const changed = new Set<number>();
    for (const seatNumber of seatNumbers) changed.add(this.set(seatNumber, isFree));
    for (const stretchIndex of changed) this.measure(stretchIndex);
  }

  /** @returns the stretch, which is to be measured again */
  private set(seatNumber: number, isFree: 0 | 1): number {
    const stretchIndex = this.plan.stretchIndexOf(seatNumber);
    const { counts } = this;
    if (counts.isFree[seatNumber] === isFree) return stretchIndex;
    counts.isFree[seatNumber] = isFree;
    const more = isFree === 1 ? 1 : -1;
    this.total += more;
    this.add(stretchIndex, more);
    if (isFree === 1 && seatNumber < this.lowestAt(stretchIndex)) counts.lowest[stretchIndex] = seatNumber;
    return stretchIndex;
  }

  private add(stretchIndex: number, more: number): void {
    const zone = this.plan.zoneAt(stretchIndex);
    this.counts.byStretch[stretchIndex] = this.countAt(stretchIndex) + more;
    this.counts.byZone[zone.index] = this.countIn(zone) + more;
  }

  private measure(stretchIndex: number): void {
    const stretch = this.plan.stretch(stretchIndex);
    const { counts } = this;
    let lowest = this.lowestAt(stretchIndex);
    while (lowest <= stretch.last && counts.isFree[lowest] !== 1) lowest += 1;
    counts.lowest[stretchIndex] = lowest;
    // Whoever stands has no neighbours, and so long a row as theirs is never looked at whole.
    const { isStanding } = this.plan.zoneAt(stretchIndex);
    counts.longest.set(
      stretchIndex,
      isStanding ? this.countAt(stretchIndex) : this.longestFrom(lowest, stretch),
    );
    if (!stretch.isEven && !isStanding) this.measureTops(stretchIndex, stretch);
  }

  private longestFrom(lowest: number, { last }: Stretch): number {
    const { isFree } = this.counts;
    let longest = 0;
    let length = 0;
    for (let seatNumber = lowest; seatNumber <= last; seatNumber += 1) {
      length = isFree[seatNumber] === 1 ? length + 1 : 0;
      if (length > longest) longest = length;
    }
    return longest;
  }

  private measureTops(stretchIndex: number, { first, runs }: Stretch): void {
    const { isFree, tops } = this.counts;
    const from = stretchIndex * TOPS;
    tops.fill(NONE, from, from + TOPS);
    // Ratings of the seats from the first on, added up: those of some of them are a difference.
    const sums = [0];
    let free = 0;
    for (const run of runs) {
      for (let seatNumber = run.first; seatNumber <= run.last; seatNumber += 1) {
        const place = seatNumber - first + 1;
        sums[place] = (sums[place - 1] ?? 0) + qualityOf(run);
        free = isFree[seatNumber] === 1 ? free + 1 : 0;
        for (let count = 1; count <= Math.min(free, TOPS); count += 1) {
          const sum = (sums[place] ?? 0) - (sums[place - count] ?? 0);
          tops[from + count - 1] = Math.max(sum, tops[from + count - 1] ?? NONE);
        }
      }
    }
  }
}

import type { FreeSeats } from './free-seats';
import { qualityOf, runAt, type Stretch } from './hall-plan';

/** Seats side by side that may be had: `count` of them from `first` on. */
export interface Place {
  first: number;
  /** The ratings of its seats, added up. */
  quality: number;
  /** How many single seats it would leave beside it. */
  singles: number;
  /** Free seats side by side of which it would take a part. */
  runLength: number;
  /** How far its middle is from the row's, times two. */
  offCentre: number;
}

export interface PlaceWish {
  count: number;
  /** Of each seat. */
  maxPrice: number;
}

/** The best ratings that so many seats side by side can have here, added up; null when there are none. */
export function topQuality(free: FreeSeats, stretch: Stretch, wish: PlaceWish): number | null {
  let top: number | null = null;
  eachPlace(free, stretch, wish, ({ quality }) => {
    if (top === null || quality > top) top = quality;
  });
  return top;
}

/**
 * Where to sit within a row: without leaving a single seat; out of the shortest run of free seats, so that larger
 * parties find the longer ones whole; then by rating; then near the row's middle.
 *
 * @param row its stretches that are of the kind wanted
 * @param least ratings, added up, that the place must have
 */
export function bestPlace(
  free: FreeSeats,
  row: readonly Stretch[],
  wish: PlaceWish,
  least: number,
): Place | null {
  let best: Place | null = null;
  for (const stretch of row) {
    eachPlace(free, stretch, wish, (place) => {
      if (place.quality >= least && (best === null || compare(place, best) < 0)) best = place;
    });
  }
  return best;
}

const compare = (a: Place, b: Place): number =>
  a.singles - b.singles ||
  a.runLength - b.runLength ||
  b.quality - a.quality ||
  a.offCentre - b.offCentre ||
  a.first - b.first;

/** Visits the runs of free seats side by side, in order. */
export function eachFreeRun(
  free: FreeSeats,
  { first, last }: Stretch,
  visit: (first: number, last: number) => void,
): void {
  let start = 0;
  for (let seatNumber = first; seatNumber <= last + 1; seatNumber += 1) {
    const isFree = seatNumber <= last && free.isFree(seatNumber);
    if (isFree && start === 0) start = seatNumber;
    if (isFree || start === 0) continue;
    visit(start, seatNumber - 1);
    start = 0;
  }
}

function eachPlace(free: FreeSeats, stretch: Stretch, wish: PlaceWish, visit: (place: Place) => void): void {
  const { count, maxPrice } = wish;
  const isAffordable = stretch.highestPrice <= maxPrice;
  const tooDear = (seatNumber: number): number =>
    !isAffordable && runAt(stretch, seatNumber).price > maxPrice ? 1 : 0;
  const quality = (seatNumber: number): number =>
    stretch.isEven ? stretch.bestQuality : qualityOf(runAt(stretch, seatNumber));
  eachFreeRun(free, stretch, (start, end) => {
    let dear = 0;
    let sum = 0;
    for (let seatNumber = start; seatNumber <= end; seatNumber += 1) {
      dear += tooDear(seatNumber);
      sum += quality(seatNumber);
      const first = seatNumber - count + 1;
      if (first < start) continue;
      if (dear === 0) {
        visit({
          first,
          quality: sum,
          singles: Number(first - start === 1) + Number(end - seatNumber === 1),
          runLength: end - start + 1,
          offCentre: Math.abs(first + seatNumber - stretch.doubleCentre),
        });
      }
      dear -= tooDear(first);
      sum -= quality(first);
    }
  });
}

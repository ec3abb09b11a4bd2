import { type FreeSeats, TOPS } from './free-seats';
import type { Stretch, Zone } from './hall-plan';
import { bestPlace, type PlaceWish, topQuality } from './row-choice';
import type { SeatWish } from './types';

/** Seats in order of their numbers, or why there are none. */
export type SeatChoice = { seatNumbers: number[] } | { refusal: 'NOT_TOGETHER' | 'SOLD_OUT' };

/** How many rows further back, or in front, somebody may be seated so that no single seat is left. */
export const ROWS_WORTH_A_SINGLE = 10;

/** Seats whose ratings differ by no more than this part of the whole range are as good as each other. */
export const AS_GOOD = 0.1;

/**
 * Chooses the best free seats that fit the wish; docs/decisions/0039 says what the best are. Standing places count as side by side.
 * Passes over what is full, so that it costs far less than a look at the hall.
 *
 * @throws RangeError when the count is not a whole number from 1
 */
export function bestAvailable(free: FreeSeats, wish: SeatWish): SeatChoice {
  if (!(Number.isInteger(wish.count) && wish.count >= 1)) {
    throw new RangeError(`Nobody can have ${wish.count} seats`);
  }
  const zones = zonesFor(free, wish);
  const placeWish = { count: wish.count, maxPrice: wish.maxPrice ?? Infinity };
  const together = sideBySide(free, zones, placeWish);
  if (together !== null) return { seatNumbers: inOrder(together.seatNumbers) };
  if (!hasEnough(free, zones, placeWish)) return { refusal: 'SOLD_OUT' };
  if (wish.together) return { refusal: 'NOT_TOGETHER' };
  return { seatNumbers: inOrder(apart(free, zones, placeWish)) };
}

interface Found {
  zone: Zone;
  seatNumbers: number[];
}

/** A zone's best offer, before it is known where exactly in its row. */
interface Offer {
  zone: Zone;
  quality: number;
  order: number;
  /** Stretch, by its place in the plan; null where people stand. */
  stretchIndex: number | null;
}

function zonesFor({ plan }: FreeSeats, { sections, accessible = false }: SeatWish): readonly Zone[] {
  const zones = plan.zonesOf(accessible);
  if (sections === undefined) return zones;
  const named = new Set(sections);
  return zones.filter(({ section }) => named.has(section));
}

function sideBySide(free: FreeSeats, zones: readonly Zone[], wish: PlaceWish): Found | null {
  let best: Offer | null = null;
  for (const zone of zones) {
    if (best !== null && !isBetter(zone.bestQuality * wish.count, zone.order, best)) break;
    if (free.countIn(zone) < wish.count) continue;
    best = zone.isStanding ? better(best, standingOffer(free, zone, wish)) : rowOffer(free, zone, wish, best);
  }
  if (best === null) return null;
  const { zone, stretchIndex, quality } = best;
  if (stretchIndex === null) return { zone, seatNumbers: standingPlaces(free, zone, wish) };
  return { zone, seatNumbers: seatsFrom(firstSeat(free, zone, stretchIndex, quality, wish), wish.count) };
}

/** The better rated; of two alike the one that the plan has first. */
const isBetter = (quality: number, order: number, than: Offer): boolean =>
  quality > than.quality || (quality === than.quality && order < than.order);

const better = (best: Offer | null, offer: Offer | null): Offer | null =>
  offer !== null && (best === null || isBetter(offer.quality, offer.order, best)) ? offer : best;

/** The best of a zone's rows if it is better than what was found elsewhere, else that. */
function rowOffer(free: FreeSeats, zone: Zone, wish: PlaceWish, elsewhere: Offer | null): Offer | null {
  let best = elsewhere;
  let next = free.nextIn(zone, wish.count);
  for (; next >= 0; next = free.nextIn(zone, wish.count, next + 1)) {
    const stretch = free.plan.stretch(next);
    // The rows behind are rated no better than this one, if they were all free.
    if (best !== null && !isBetter(stretch.bestQuality * wish.count, stretch.order, best)) break;
    const top = free.topAt(next, wish.count);
    if (best !== null && !isBetter(top, stretch.order, best)) continue;
    const isKnown = stretch.isEven || wish.count <= TOPS;
    const quality = isKnown && stretch.highestPrice <= wish.maxPrice ? top : topQuality(free, stretch, wish);
    if (quality !== null) best = better(best, { zone, quality, order: stretch.order, stretchIndex: next });
  }
  return best;
}

/**
 * Where in its row, or in a near one that is as good: people are sent elsewhere so that they leave no single seat, but
 * neither to another section nor far away.
 */
function firstSeat(free: FreeSeats, zone: Zone, chosen: number, quality: number, wish: PlaceWish): number {
  const { plan } = free;
  const least = quality - plan.qualityRange * AS_GOOD * wish.count;
  const best = plan.stretch(chosen);
  const here = bestPlace(free, plan.rowOf(zone, best), wish, least);
  if (here === null) throw new Error('The row that was chosen has no such seats');
  if (here.singles === 0) return here.first;
  for (const stretchIndex of stretchesWith(free, zone, wish.count)) {
    const stretch = plan.stretch(stretchIndex);
    if (stretch.bestQuality * wish.count < least) break;
    if (Math.abs(stretch.row - best.row) > ROWS_WORTH_A_SINGLE) continue;
    if (free.topAt(stretchIndex, wish.count) < least) continue;
    const there = bestPlace(free, plan.rowOf(zone, stretch), wish, least);
    if (there?.singles === 0) return there.first;
  }
  return here.first;
}

function* stretchesWith(free: FreeSeats, zone: Zone, length: number): Generator<number> {
  for (
    let stretchIndex = free.nextIn(zone, length);
    stretchIndex >= 0;
    stretchIndex = free.nextIn(zone, length, stretchIndex + 1)
  ) {
    yield stretchIndex;
  }
}

function standingOffer(free: FreeSeats, zone: Zone, wish: PlaceWish): Offer | null {
  const places = standingPlaces(free, zone, wish);
  if (places.length < wish.count) return null;
  return { zone, quality: zone.bestQuality * wish.count, order: zone.order, stretchIndex: null };
}

/** The first free places, as many as are wanted and there are. */
function standingPlaces(free: FreeSeats, zone: Zone, { count, maxPrice }: PlaceWish): number[] {
  const places: number[] = [];
  for (const stretchIndex of stretchesWith(free, zone, 1)) {
    const lowest = free.lowestAt(stretchIndex);
    for (const { first, last, price } of free.plan.stretch(stretchIndex).runs) {
      if (price > maxPrice) continue;
      for (let place = Math.max(first, lowest); place <= last; place += 1) {
        if (free.isFree(place)) places.push(place);
        if (places.length === count) return places;
      }
    }
  }
  return places;
}

/** Whether so many free seats fit, wherever they are. */
function hasEnough(free: FreeSeats, zones: readonly Zone[], { count, maxPrice }: PlaceWish): boolean {
  let found = 0;
  for (const zone of zones) {
    for (const stretchIndex of stretchesWith(free, zone, 1)) {
      const stretch = free.plan.stretch(stretchIndex);
      if (stretch.highestPrice <= maxPrice) found += free.countAt(stretchIndex);
      else found += affordable(free, stretch, maxPrice);
      if (found >= count) return true;
    }
  }
  return false;
}

function affordable(free: FreeSeats, stretch: Stretch, maxPrice: number): number {
  let found = 0;
  for (const { first, last, price } of stretch.runs) {
    if (price > maxPrice) continue;
    for (let seatNumber = first; seatNumber <= last; seatNumber += 1) {
      if (free.isFree(seatNumber)) found += 1;
    }
  }
  return found;
}

/**
 * In as few pieces as can be: always the longest that is to be had, from the section of the piece before where that
 * makes no more of them, and each piece by the rules of seats side by side.
 */
function apart(free: FreeSeats, zones: readonly Zone[], { count, maxPrice }: PlaceWish): number[] {
  const chosen: number[] = [];
  let near: Zone[] = [];
  let length = count;
  try {
    while (chosen.length < count) {
      length = Math.min(length, count - chosen.length);
      const wish = { count: length, maxPrice };
      const piece = sideBySide(free, near, wish) ?? sideBySide(free, zones, wish);
      if (piece !== null) {
        chosen.push(...piece.seatNumbers);
        free.take(piece.seatNumbers);
        near = zones.filter(({ section }) => section === piece.zone.section);
      } else if (length === 1) throw new Error('There are fewer free seats than were counted');
      else length -= 1;
    }
    return chosen;
  } finally {
    // Taken only so that no piece is found twice: a copy of the hall would cost more.
    free.giveBack(chosen);
  }
}

const inOrder = (seatNumbers: readonly number[]): number[] => seatNumbers.toSorted((a, b) => a - b);

const seatsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

import type { FreeSeats } from './free-seats';
import type { Zone } from './hall-zones';
import { eachFreeRun } from './row-choice';

/**
 * Seats that a choice by hand would leave single: free, but with no free one beside them, between others or at a row's
 * end. Only those that it makes so. Nobody is refused what cannot be done better: where so many seats of that section
 * cannot be had without leaving one (side by side, if these are), what the choice leaves there does not count.
 *
 * Accessible seats neither are left single nor keep others company: they are not for everybody, and those who need one
 * may have it wherever it is. Standing places have no neighbours.
 *
 * @param free as it is before the choice
 * @param chosen those that are not free are left out of account
 * @returns in order of their numbers; empty when the choice may be made
 */
export function leftSingle(free: FreeSeats, chosen: readonly number[]): number[] {
  const byZone = new Map<Zone, Set<number>>();
  for (const seatNumber of chosen) {
    if (!free.isFree(seatNumber)) continue;
    const zone = free.plan.zoneAt(free.plan.stretchIndexOf(seatNumber));
    if (zone.isStanding || zone.isAccessible) continue;
    const seats = byZone.get(zone);
    if (seats === undefined) byZone.set(zone, new Set([seatNumber]));
    else seats.add(seatNumber);
  }
  return [...byZone]
    .flatMap(([zone, seats]) => {
      const singles = singlesBeside(free, seats);
      return singles.length > 0 && canDoBetter(free, zone, seats) ? singles : [];
    })
    .toSorted((a, b) => a - b);
}

/** Each has lost a neighbour to the choice, so none was single before. */
function singlesBeside(free: FreeSeats, chosen: ReadonlySet<number>): number[] {
  const singles = new Set<number>();
  for (const seatNumber of chosen) {
    const { first, last } = free.plan.stretch(free.plan.stretchIndexOf(seatNumber));
    const stays = (beside: number): boolean =>
      beside >= first && beside <= last && free.isFree(beside) && !chosen.has(beside);
    for (const beside of [seatNumber - 1, seatNumber + 1]) {
      if (stays(beside) && !stays(beside - 1) && !stays(beside + 1)) singles.add(beside);
    }
  }
  return [...singles];
}

function canDoBetter(free: FreeSeats, zone: Zone, chosen: ReadonlySet<number>): boolean {
  const { size } = chosen;
  const lowest = [...chosen].reduce((a, b) => Math.min(a, b));
  const { last } = free.plan.stretch(free.plan.stretchIndexOf(lowest));
  const isTogether =
    lowest + size - 1 <= last && [...chosen].every((seatNumber) => seatNumber < lowest + size);
  // Two more than are wanted can be had from the end of their run: what is left is no single seat.
  if (free.nextIn(zone, size + 2) >= 0) return true;
  return isTogether ? hasRunOf(free, zone, size) : canBeHadApart(free, zone, size);
}

function hasRunOf(free: FreeSeats, zone: Zone, length: number): boolean {
  return freeRuns(free, zone, length).includes(length);
}

/**
 * From runs of three and more together any number can be had but all but one; two side by side can be had or left; one
 * that is single already can be had or left, and makes up for the one.
 */
function canBeHadApart(free: FreeSeats, zone: Zone, count: number): boolean {
  const runs = freeRuns(free, zone, 1);
  const total = runs.reduce((sum, length) => sum + length, 0);
  if (runs.includes(1)) return true;
  return runs.some((length) => length >= 3) ? count !== total - 1 : count % 2 === 0;
}

/** The lengths of the free runs in stretches that have one of this length at least. */
function freeRuns(free: FreeSeats, zone: Zone, length: number): number[] {
  const runs: number[] = [];
  for (let index = free.nextIn(zone, length); index >= 0; index = free.nextIn(zone, length, index + 1)) {
    eachFreeRun(free, free.plan.stretch(index), (first, last) => runs.push(last - first + 1));
  }
  return runs;
}

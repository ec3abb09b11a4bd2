import { LRUCache } from 'lru-cache';
import type { SeatsByNumber } from '../booking/types';
import type { DeskStore, Money } from '../models/desk-store';
import type { SeatCatalog } from '../models/seat-catalog';
import { endIn, type SeatMap, type SeatTruthRead } from '../seat-map/seat-map';

export interface SeatTally {
  total: number;
  available: number;
  /** Kept for somebody who may still pay. */
  held: number;
  sold: number;
  blocked: number;
}

export interface DateSales extends SeatTally, Money {
  id: string;
  startAt: Date;
  sections: (SeatTally & { name: string })[];
}

export interface DateSalesParts {
  store: Pick<DeskStore, 'allDates' | 'money'>;
  catalog: Pick<SeatCatalog, 'hall'>;
  seatMap: Pick<SeatMap, 'readEnds' | 'version'>;
}

/** A date at one version of its seat map. */
interface Counted {
  version: number;
  /** Without the held ones. */
  sections: ReadonlyMap<string, SeatTally>;
  held: readonly { section: string; endsAtSeconds: number }[];
  money: Money;
}

// A map may be a hundred kilobytes and more: of a concert of many dates a few at a time.
const DATES_AT_ONCE = 8;
const KEPT_DATES = 2000;
const NOTHING: Omit<SeatTally, 'total'> = { available: 0, held: 0, sold: 0, blocked: 0 };

/**
 * What is sold of each date of a concert. Whatever is paid, given back or taken out of sale raises the version of the seat map: a date
 * is counted once per version, from the map in Redis, and what is asked again of an unchanged one is its version.
 */
export function createDateSales(parts: DateSalesParts): (concertId: string) => Promise<DateSales[] | null> {
  const known = new LRUCache<string, Counted>({ max: KEPT_DATES });

  async function counted(scheduleId: string): Promise<Counted> {
    const kept = known.get(scheduleId);
    if (kept !== undefined && (await parts.seatMap.version(scheduleId)) === kept.version) return kept;
    const read = await parts.seatMap.readEnds(scheduleId);
    if (read === null) throw new Error(`Schedule ${scheduleId} has vanished`);
    // The money after the map: it may be of a later version, never of an earlier one, and is read again with the next.
    const money = (await parts.store.money([scheduleId])).get(scheduleId) ?? { revenue: 0, refunded: 0 };
    const fresh = { ...countSeats(read, await parts.catalog.hall(scheduleId)), version: read.version, money };
    known.set(scheduleId, fresh);
    return fresh;
  }

  return async (concertId) => {
    const dates = await parts.store.allDates(concertId);
    if (dates === null) return null;
    const sales: DateSales[] = [];
    for (let first = 0; first < dates.length; first += DATES_AT_ONCE) {
      const some = dates.slice(first, first + DATES_AT_ONCE);
      sales.push(...(await Promise.all(some.map(async (date) => salesOf(date, await counted(date.id))))));
    }
    return sales;
  };
}

function countSeats(read: SeatTruthRead, hall: SeatsByNumber): Pick<Counted, 'sections' | 'held'> {
  const sections = new Map<string, SeatTally>();
  const held: { section: string; endsAtSeconds: number }[] = [];
  for (let number = 1; number <= read.states.length; number += 1) {
    const section = hall.get(number)?.section ?? '';
    let tally = sections.get(section);
    if (tally === undefined) sections.set(section, (tally = { total: 0, ...NOTHING }));
    tally.total += 1;
    const state = read.states[number - 1];
    if (state === 'S') tally.sold += 1;
    else if (state === 'B') tally.blocked += 1;
    else if (state === 'H') held.push({ section, endsAtSeconds: endIn(read.ends, number) });
    else tally.available += 1;
  }
  return { sections, held };
}

/** A hold that has ended is free, released or not: nobody can pay it any more. Ends are noted in whole seconds, rounded down. */
function salesOf(
  { id, startAt }: { id: string; startAt: Date },
  { sections, held, money }: Counted,
): DateSales {
  const now = new Map([...sections].map(([name, tally]) => [name, { ...tally }]));
  const nowSeconds = Date.now() / 1000;
  for (const { section, endsAtSeconds } of held) {
    const tally = now.get(section);
    if (tally !== undefined) tally[endsAtSeconds + 1 > nowSeconds ? 'held' : 'available'] += 1;
  }
  const all = [...now.values()];
  const sum = (part: keyof SeatTally) => all.reduce((total, tally) => total + tally[part], 0);
  const whole = {
    total: sum('total'),
    available: sum('available'),
    held: sum('held'),
    sold: sum('sold'),
    blocked: sum('blocked'),
  };
  return { id, startAt, ...whole, ...money, sections: [...now].map(([name, tally]) => ({ name, ...tally })) };
}

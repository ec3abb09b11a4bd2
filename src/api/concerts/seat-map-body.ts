import { LRUCache } from 'lru-cache';
import { seatId } from '../../booking/seat-id';
import type { Catalog } from '../../models/seat-catalog';
import type { SeatStates } from '../../seat-map/seat-map';

const STATUS: Record<string, string> = { A: 'AVAILABLE', H: 'HELD', S: 'SOLD' };

export interface SeatMapBodies {
  /** The answer's JSON text. `onlyAvailable` leaves the other seats out. */
  of(catalog: Catalog, states: SeatStates, onlyAvailable: boolean): string;
}

// Maps in memory at most, in characters.
const CACHED_CHARACTERS = 64_000_000;

/** Joins the seats' fixed facts with their live states. A map of one version is put together once per process. */
export function createSeatMapBodies(): SeatMapBodies {
  const bodies = new LRUCache<string, string>({
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (body) => body.length + 1,
  });
  const facts = new WeakMap<Catalog, string[]>();

  function factsOf(catalog: Catalog): string[] {
    const known = facts.get(catalog);
    if (known !== undefined) return known;
    const made = catalog.seats.map(({ number, section, row, price, attributes }) =>
      JSON.stringify({
        id: seatId(catalog.schedule.id, number),
        section,
        row,
        number,
        price,
        attributes,
      }).slice(0, -1),
    );
    facts.set(catalog, made);
    return made;
  }

  return {
    of: (catalog, { version, states }, onlyAvailable) => {
      const { id } = catalog.schedule;
      const key = `${id} ${version} ${onlyAvailable}`;
      const known = bodies.get(key);
      if (known !== undefined) return known;
      const seats: string[] = [];
      const texts = factsOf(catalog);
      for (let i = 0; i < texts.length; i += 1) {
        const state = states[i] ?? 'A';
        if (!onlyAvailable || state === 'A') seats.push(`${texts[i]},"status":"${STATUS[state]}"}`);
      }
      const body = `{"scheduleId":"${id}","version":${version},"seats":[${seats.join(',')}]}`;
      bodies.set(key, body);
      return body;
    },
  };
}

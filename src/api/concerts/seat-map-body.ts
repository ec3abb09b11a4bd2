import { LRUCache } from 'lru-cache';
import { seatId } from '../../booking/seat-id';
import type { Hall } from '../../models/hall';
import { STATUS } from '../../seat-map/changes';
import type { SeatChanges, SeatCharacter, SeatStates } from '../../seat-map/seat-map';
import { type Coding, compress } from '../compression';

/** A whole map as it is asked for. */
export interface BodyName {
  scheduleId: string;
  onlyAvailable: boolean;
  /** The same in a fraction of the bytes: see mapByRuns. */
  byRuns: boolean;
  /** null: as it is. */
  coding: Coding | null;
}

export interface SeatMapBodies {
  /** The JSON of this version if it is in memory, so that neither seats nor states need be read. */
  kept(name: BodyName, version: number): Promise<Buffer> | undefined;
  make(name: BodyName, states: SeatStates, hall: () => Promise<Hall>): Promise<Buffer>;
}

// Maps in memory at most, over all versions and codings.
const CACHED_BYTES = 64_000_000;

/**
 * Joins the seats' fixed facts with their live states. A map of one version is put together once per process, and
 * compressed once per coding, however many ask for it at a time.
 */
export function createSeatMapBodies(): SeatMapBodies {
  const bodies = new LRUCache<string, Buffer>({
    maxSize: CACHED_BYTES,
    sizeCalculation: (body) => body.length + 1,
  });
  const making = new Map<string, Promise<Buffer>>();

  function kept(name: BodyName, version: number): Promise<Buffer> | undefined {
    const key = keyOf(name, version);
    const body = bodies.get(key);
    return body === undefined ? making.get(key) : Promise.resolve(body);
  }

  async function once(key: string, work: () => Promise<Buffer>): Promise<Buffer> {
    const started = work().finally(() => making.delete(key));
    making.set(key, started);
    const body = await started;
    bodies.set(key, body);
    return body;
  }

  const make: SeatMapBodies['make'] = async (name, states, hall) => {
    const known = kept(name, states.version);
    if (known !== undefined) return known;
    const { coding } = name;
    return once(keyOf(name, states.version), async () => {
      if (coding !== null) return compress(await make({ ...name, coding: null }, states, hall), coding);
      return Buffer.from((name.byRuns ? mapByRuns : wholeMap)(name, states, await hall()));
    });
  };

  return { kept, make };
}

const keyOf = ({ scheduleId, onlyAvailable, byRuns, coding }: BodyName, version: number): string =>
  `${scheduleId} ${version} ${onlyAvailable} ${byRuns} ${coding}`;

function wholeMap(
  { scheduleId, onlyAvailable }: BodyName,
  { version, states }: SeatStates,
  hall: Hall,
): string {
  const seats: string[] = [];
  for (const { first, last, section, row, price, attributes, isStanding } of hall.runs) {
    const place = `","section":${JSON.stringify(section)},"row":${JSON.stringify(row)},"number":`;
    const standing = isStanding ? ',"standing":true' : '';
    const rest = `,"price":${price},"attributes":${JSON.stringify(attributes)}${standing},"status":"`;
    for (let number = first; number <= last; number += 1) {
      const status = statusOf(states[number - 1]);
      if (!onlyAvailable || status === 'AVAILABLE')
        seats.push(`{"id":"${seatId(scheduleId, number)}${place}${number}${rest}${status}"}`);
    }
  }
  const layout = hall.layout === null ? '' : `"layout":${JSON.stringify(hall.layout)},`;
  return `{"scheduleId":"${scheduleId}","version":${version},${layout}"seats":[${seats.join(',')}]}`;
}

/** Seats that differ in nothing but their number are told once, and the state of each by a character. */
function mapByRuns({ scheduleId }: BodyName, { version, states }: SeatStates, hall: Hall): string {
  const runs = hall.runs.map(({ first, last, section, row, price, attributes, isStanding }) => ({
    first,
    last,
    section,
    row,
    price,
    attributes,
    ...(isStanding ? { standing: true } : {}),
  }));
  const layout = hall.layout === null ? {} : { layout: hall.layout };
  return JSON.stringify({ scheduleId, version, ...layout, runs, states });
}

const statusOf = (state: string | undefined): string =>
  state === 'H' || state === 'S' ? STATUS[state] : 'AVAILABLE';

/** The answer of who has an earlier version. */
export function changesView(scheduleId: string, { version, changed }: SeatChanges) {
  const view = ([number, state]: [number, SeatCharacter]) => ({
    id: seatId(scheduleId, number),
    status: STATUS[state],
  });
  return { scheduleId, version, changed: [...changed].map(view) };
}

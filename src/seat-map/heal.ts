import { setTimeout as sleep } from 'node:timers/promises';
import type { NotedMap } from './noted-map';

/** The versions that Postgres says. */
export interface SeatVersions {
  seatVersions(scheduleIds: readonly string[]): Promise<Map<string, number>>;
  /** Lifts a schedule's version to at least this one. */
  raiseSeatVersion(scheduleId: string, version: number): Promise<void>;
}

export interface HealParts {
  noted: Pick<NotedMap, 'version' | 'floor' | 'drop'>;
  truth: SeatVersions;
  lateAfterMs: number;
}

/** As `SeatMap.heal` says. */
export async function healMaps(parts: HealParts, scheduleIds: readonly string[]): Promise<string[]> {
  const { noted, truth } = parts;
  // Read in this order, no healthy map is ahead of what is read last.
  const before = await truth.seatVersions(scheduleIds);
  const [versions, floors] = await Promise.all([
    Promise.all(scheduleIds.map(async (id) => noted.version(id))),
    Promise.all(scheduleIds.map(async (id) => noted.floor(id))),
  ]);
  const behind = new Map<string, number>();
  const ahead = new Map<string, number>();
  for (const [index, id] of scheduleIds.entries()) {
    const said = before.get(id) ?? 0;
    const version = versions[index] ?? said;
    // Changes that were kept without a map are of another time, too, when the database was put back.
    const latest = Math.max(version, floors[index] ?? 0);
    if (latest > said) ahead.set(id, latest);
    else if (version < said) behind.set(id, said);
  }
  const putBack = await dropPutBack(parts, ahead);
  return [...putBack, ...(await dropLost(parts, behind))];
}

async function dropPutBack(
  { noted, truth }: HealParts,
  ahead: ReadonlyMap<string, number>,
): Promise<string[]> {
  if (ahead.size === 0) return [];
  const after = await truth.seatVersions([...ahead.keys()]);
  const putBack = [...ahead].filter(([id, latest]) => latest > (after.get(id) ?? 0));
  for (const [id, latest] of putBack) await truth.raiseSeatVersion(id, latest + 1);
  await Promise.all(putBack.map(async ([id, latest]) => noted.drop(id, latest + 1)));
  return putBack.map(([id]) => id);
}

async function dropLost(
  { noted, lateAfterMs }: HealParts,
  behind: ReadonlyMap<string, number>,
): Promise<string[]> {
  if (behind.size === 0) return [];
  // A commit is seen in Postgres before what follows it reaches Redis. Dropped for that, the map of a busy date would
  // be read from Postgres by everybody, again and again.
  await sleep(lateAfterMs);
  const dropped = await Promise.all([...behind].map(async ([id, version]) => noted.drop(id, version)));
  return [...behind.keys()].filter((_id, index) => dropped[index]);
}

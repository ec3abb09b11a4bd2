import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Redis } from 'ioredis';
import { runScript, type Script, scriptOf } from '../lib/redis-script';
import { sharing } from '../lib/share';
import type { SeatState } from '../booking/types';

/** The state of every seat at one version, a character a seat: A(vailable), H(eld), S(old). */
export interface SeatStates {
  version: number;
  states: string;
}

export interface SeatMap {
  /** @returns null when there is no such schedule */
  read(scheduleId: string): Promise<SeatStates | null>;
  /** The version alone, for a reader who may have it already. */
  version(scheduleId: string): Promise<number | null>;
  /**
   * Which of these seats are sold, or held by a hold whose end has not come, as far as noted here: for refusals at once,
   * never for a yes. Released or not, a seat whose hold has ended is not among them.
   */
  taken(scheduleId: string, seatNumbers: readonly number[]): Promise<number[]>;
  /**
   * Notes what a committed transaction changed. `version` is the one that the transaction made.
   * @param heldUntilMs when the holds that it made end, in milliseconds since 1970
   */
  change(
    scheduleId: string,
    version: number,
    states: ReadonlyMap<number, SeatState>,
    heldUntilMs: number,
  ): Promise<void>;
  /**
   * Drops the maps that are not of the truth's version: one whose last change was never noted, or one left over from a
   * database that has been put back to an earlier state. @returns the schedules concerned
   */
  heal(scheduleIds: readonly string[]): Promise<string[]>;
}

/** What Postgres says. `ends`: 32 bits a seat, as `lua/change.lua` has them. */
export interface SeatTruth {
  seatStates(scheduleId: string): Promise<(SeatStates & { ends: Buffer }) | null>;
  seatVersions(scheduleIds: readonly string[]): Promise<Map<string, number>>;
}

const CHARACTER: Record<SeatState, string> = { AVAILABLE: 'A', HELD: 'H', SOLD: 'S' };
// What Redis reads beyond the end of a map, or where there is none.
const NOT_NOTED = 0;
// Longer than any read of the truth takes.
const FLOOR_TTL_MS = 60_000;

const keysOf = (scheduleId: string): [string, string, string, string] => {
  const prefix = `frontrow:{seats:${scheduleId}}`;
  return [`${prefix}:states`, `${prefix}:version`, `${prefix}:floor`, `${prefix}:ends`];
};

const mapKeysOf = (scheduleId: string): string[] => {
  const [states, version, , ends] = keysOf(scheduleId);
  return [states, version, ends];
};

function endIn(ends: Buffer | undefined, seatNumber: number): number {
  const offset = 4 * (seatNumber - 1);
  return ends !== undefined && offset + 4 <= ends.length ? ends.readUInt32BE(offset) : NOT_NOTED;
}

/** The live seat states in Redis: a cache in front of Postgres that may vanish at any time. */
export function createSeatMap(redis: Redis, truth: SeatTruth): SeatMap {
  const change = load('change');
  const note = load('note');
  type Read = Awaited<ReturnType<SeatTruth['seatStates']>>;
  const loading = new Map<string, Promise<Read>>();

  async function readAnew(scheduleId: string): Promise<Read> {
    const read = await truth.seatStates(scheduleId);
    if (read !== null)
      await runScript(redis, note, keysOf(scheduleId), [read.version, read.states, read.ends]);
    return read;
  }

  const notedEnds = sharing(async (scheduleId: string, seatNumbers: readonly number[]) => {
    const [, ...gets] = seatNumbers.flatMap((number) => ['GET' as const, 'u32', `#${number - 1}`]);
    const ends = await redis.bitfield_ro(keysOf(scheduleId)[3], 'GET', ...gets);
    return ends.map(Number);
  });

  const notedMap = sharing(async (scheduleId: string, readers: readonly true[]) => {
    const [statesKey, versionKey] = keysOf(scheduleId);
    const [states, version] = await redis.mget(statesKey, versionKey);
    const isNoted = typeof states === 'string' && typeof version === 'string';
    const map = isNoted ? { version: Number(version), states } : null;
    return readers.map(() => map);
  });

  const notedVersion = sharing(async (scheduleId: string, readers: readonly true[]) => {
    const version = await redis.get(keysOf(scheduleId)[1]);
    return readers.map(() => (version === null ? null : Number(version)));
  });

  async function notedVersions(scheduleIds: readonly string[]): Promise<Map<string, number>> {
    const versions = await Promise.all(scheduleIds.map(async (id) => redis.get(keysOf(id)[1])));
    return new Map(
      scheduleIds.flatMap((id, index): [string, number][] => {
        const version = versions[index];
        return typeof version === 'string' ? [[id, Number(version)]] : [];
      }),
    );
  }

  /** One read of the truth serves everybody in this process who misses meanwhile. */
  async function loadOnce(scheduleId: string): Promise<Read> {
    let started = loading.get(scheduleId);
    if (started === undefined) {
      started = readAnew(scheduleId).finally(() => loading.delete(scheduleId));
      loading.set(scheduleId, started);
    }
    return started;
  }

  return {
    read: async (scheduleId) => {
      const noted = await notedMap(scheduleId, true);
      if (noted !== null) return noted;
      const read = await loadOnce(scheduleId);
      return read === null ? null : { version: read.version, states: read.states };
    },
    version: async (scheduleId) =>
      (await notedVersion(scheduleId, true)) ?? (await loadOnce(scheduleId))?.version ?? null,
    taken: async (scheduleId, seatNumbers) => {
      let ends = await Promise.all(seatNumbers.map(async (number) => notedEnds(scheduleId, number)));
      if (ends.includes(NOT_NOTED)) {
        // As after a Redis loss: without this every refusal would go through the queue until somebody looks at the map.
        const read = await loadOnce(scheduleId);
        ends = seatNumbers.map((number) => endIn(read?.ends, number));
      }
      const nowSeconds = Date.now() / 1000;
      return seatNumbers.filter((_number, index) => (ends[index] ?? NOT_NOTED) > nowSeconds);
    },
    change: async (scheduleId, version, states, heldUntilMs) => {
      const pairs = [...states].flatMap(([seatNumber, state]) => [seatNumber, CHARACTER[state]]);
      // Rounded down: in doubt the queue decides.
      const heldUntil = Math.floor(heldUntilMs / 1000);
      await runScript(redis, change, keysOf(scheduleId), [version, FLOOR_TTL_MS, heldUntil, ...pairs]);
    },
    heal: async (scheduleIds) => {
      // Read in this order, a healthy map is never behind what was read first, nor ahead of what is read last.
      const before = await truth.seatVersions(scheduleIds);
      const noted = await notedVersions(scheduleIds);
      const isBeyond = (versions: ReadonlyMap<string, number>) => (id: string) =>
        (noted.get(id) ?? 0) > (versions.get(id) ?? 0);
      const behind = [...noted.keys()].filter((id) => (noted.get(id) ?? 0) < (before.get(id) ?? 0));
      const ahead = [...noted.keys()].filter(isBeyond(before));
      const after = ahead.length === 0 ? before : await truth.seatVersions(ahead);
      const wrong = [...behind, ...ahead.filter(isBeyond(after))];
      await Promise.all(wrong.map(async (id) => redis.del(mapKeysOf(id))));
      return wrong;
    },
  };
}

const load = (name: string): Script =>
  scriptOf(readFileSync(path.join(__dirname, 'lua', `${name}.lua`), 'utf8'));

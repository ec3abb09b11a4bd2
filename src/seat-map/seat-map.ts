import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Redis } from 'ioredis';
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
  /** Which of these seats are held or sold, as far as noted here: for refusals at once, never for a yes. */
  taken(scheduleId: string, seatNumbers: readonly number[]): Promise<number[]>;
  /** Notes what a committed transaction changed. `version` is the one that the transaction made. */
  change(scheduleId: string, version: number, states: ReadonlyMap<number, SeatState>): Promise<void>;
  /** Drops what is noted when it is not of this version: heals a map whose last change was never noted. */
  heal(versions: ReadonlyMap<string, number>): Promise<string[]>;
}

/** Reads the states from the truth. */
export type ReadTruth = (scheduleId: string) => Promise<SeatStates | null>;

const CHARACTER: Record<SeatState, string> = { AVAILABLE: 'A', HELD: 'H', SOLD: 'S' };
// Longer than any read of the truth takes.
const FLOOR_TTL_MS = 60_000;

const keysOf = (scheduleId: string): [string, string, string] => {
  const prefix = `frontrow:{seats:${scheduleId}}`;
  return [`${prefix}:states`, `${prefix}:version`, `${prefix}:floor`];
};

/** The live seat states in Redis: a cache in front of Postgres that may vanish at any time. */
export function createSeatMap(redis: Redis, readTruth: ReadTruth): SeatMap {
  const change = script(redis, 'change');
  const note = script(redis, 'note');
  const loading = new Map<string, Promise<SeatStates | null>>();

  async function load(scheduleId: string): Promise<SeatStates | null> {
    const truth = await readTruth(scheduleId);
    if (truth !== null) await note(keysOf(scheduleId), [truth.version, truth.states]);
    return truth;
  }

  /** One read of the truth serves everybody in this process who misses meanwhile. */
  async function loadOnce(scheduleId: string): Promise<SeatStates | null> {
    let started = loading.get(scheduleId);
    if (started === undefined) {
      started = load(scheduleId).finally(() => loading.delete(scheduleId));
      loading.set(scheduleId, started);
    }
    return started;
  }

  return {
    read: async (scheduleId) => {
      const [statesKey, versionKey] = keysOf(scheduleId);
      const [states, version] = await redis.mget(statesKey, versionKey);
      if (typeof states === 'string' && typeof version === 'string')
        return { version: Number(version), states };
      return loadOnce(scheduleId);
    },
    version: async (scheduleId) => {
      const version = await redis.get(keysOf(scheduleId)[1]);
      return version === null ? ((await loadOnce(scheduleId))?.version ?? null) : Number(version);
    },
    taken: async (scheduleId, seatNumbers) => {
      const [statesKey] = keysOf(scheduleId);
      const states = await Promise.all(
        seatNumbers.map(async (number) => redis.getrange(statesKey, number - 1, number - 1)),
      );
      return seatNumbers.filter((_number, index) => states[index] === 'H' || states[index] === 'S');
    },
    change: async (scheduleId, version, states) => {
      const pairs = [...states].flatMap(([seatNumber, state]) => [seatNumber, CHARACTER[state]]);
      await change(keysOf(scheduleId), [version, FLOOR_TTL_MS, ...pairs]);
    },
    heal: async (versions) => {
      const stale: string[] = [];
      for (const [scheduleId, version] of versions) {
        const [statesKey, versionKey] = keysOf(scheduleId);
        const noted = await redis.get(versionKey);
        if (noted === null || Number(noted) >= version) continue;
        await redis.del(statesKey, versionKey);
        stale.push(scheduleId);
      }
      return stale;
    },
  };
}

type Script = (keys: string[], values: (string | number)[]) => Promise<unknown>;

/** A Lua file as a function: by its hash, and in full when Redis does not know it (any more). */
function script(redis: Redis, name: string): Script {
  const text = readFileSync(path.join(__dirname, 'lua', `${name}.lua`), 'utf8');
  let sha: Promise<unknown> | null = null;
  return async (keys, values) => {
    sha ??= redis.script('LOAD', text);
    try {
      return await redis.evalsha(String(await sha), keys.length, ...keys, ...values);
    } catch (error) {
      sha = null;
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(text, keys.length, ...keys, ...values);
    }
  };
}

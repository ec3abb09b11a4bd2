import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { RedisClient } from '../lib/redis';
import { runScript, type Script, scriptOf } from '../lib/redis-script';
import { oneCommandPerTurn } from '../lib/one-command-per-turn';
import { readChanges, type SeatChanges, type SeatCharacter } from './changes';
import { TIMES } from '../lib/times';

/** The state of every seat at one version, a character a seat: A(vailable), H(eld), S(old), B(locked). */
export interface SeatStates {
  version: number;
  states: string;
}

/** The same, and 32 bits a seat for the ends, as `lua/change.lua` has them. */
export interface SeatTruthRead extends SeatStates {
  ends: Buffer;
  /** The show is over: what is noted of it goes by itself. */
  isOver?: boolean;
}

/** How many seats are in each state at one version; a hold counts until it is released. */
export interface NotedCounts {
  version: number;
  available: number;
  held: number;
  total: number;
  blocked: number;
}

/** What Redis has of the maps. Each question is answered with null where nothing (or not enough) is noted. */
export interface NotedMap {
  states(scheduleId: string): Promise<SeatStates | null>;
  version(scheduleId: string): Promise<number | null>;
  /** States and ends, of one moment. */
  whole(scheduleId: string): Promise<SeatTruthRead | null>;
  /** The least version that may be noted, of late: there were changes up to it while nothing was noted. */
  floor(scheduleId: string): Promise<number | null>;
  free(scheduleId: string): Promise<number | null>;
  counts(scheduleId: string): Promise<NotedCounts | null>;
  changes(scheduleId: string, since: number): Promise<SeatChanges | null>;
  /** Until when single seats are kept from others, as `lua/change.lua` has it; `NOT_NOTED` where nothing is noted. */
  ends(scheduleId: string, seatNumbers: readonly number[]): Promise<number[]>;
  change(
    scheduleId: string,
    version: number,
    states: readonly (readonly [number, SeatCharacter])[],
    heldUntilMs: number,
  ): Promise<void>;
  note(scheduleId: string, read: SeatTruthRead): Promise<void>;
  /** Drops what is older than this version. @returns whether anything was */
  drop(scheduleId: string, version: number): Promise<boolean>;
  /** Removes all that is noted. Whoever reads the map again notes it anew. */
  forget(scheduleId: string): Promise<void>;
}

/** Of a schedule's log of changes; and, as many again, of the changes kept while nothing is noted. */
export interface LogBounds {
  logEntries: number;
  logBytes: number;
}

// What Redis reads beyond the end of a map, or where there is none.
export const NOT_NOTED = 0;
// For those who look at an old show one after the other.
const OVER_TTL_MS = 3_600_000;
// Bounds the seats that one command names: Redis does nothing else meanwhile, and reading the whole hall is less work.
const MOST_SEATS_CHANGED = 10_000;

const keyOf = (scheduleId: string, name: string): string => `frontrow:{seats:${scheduleId}}:${name}`;
/** All keys of one map, in the order in which every script takes them as KEYS. */
export const seatMapKeys = (scheduleId: string): string[] =>
  ['states', 'version', 'floor', 'free', 'log', 'logged', 'ends', 'missed', 'missed-bytes'].map((name) =>
    keyOf(scheduleId, name),
  );

/** Channel that rings when a schedule's map has changed or was dropped. The message is a version: look for yourself. */
export const seatMapChannel = (scheduleId: string): string => keyOf(scheduleId, 'changed');

/** The maps' keys in Redis. Readers of one turn of the event loop share a command. */
export function createNotedMap(redis: RedisClient, { logEntries, logBytes }: LogBounds): NotedMap {
  const scripts = {
    change: load('change'),
    note: load('note'),
    since: load('since'),
    drop: load('drop'),
    counts: load('counts'),
  };

  const numberAt = (name: string) =>
    oneCommandPerTurn(async (scheduleId: string, readers: readonly true[]) => {
      const value = await redis.get(keyOf(scheduleId, name));
      return readers.map(() => (value === null ? null : Number(value)));
    });
  const version = numberAt('version');
  const floor = numberAt('floor');
  const free = numberAt('free');

  const states = oneCommandPerTurn(async (scheduleId: string, readers: readonly true[]) => {
    const [noted, at] = await redis.mget(keyOf(scheduleId, 'states'), keyOf(scheduleId, 'version'));
    const isNoted = typeof noted === 'string' && typeof at === 'string';
    const map = isNoted ? { version: Number(at), states: noted } : null;
    return readers.map(() => map);
  });

  const whole = async (scheduleId: string): Promise<SeatTruthRead | null> => {
    const [noted, at, ends] = await redis.mgetBuffer(
      ...['states', 'version', 'ends'].map((name) => keyOf(scheduleId, name)),
    );
    if (!noted || !at || !ends) return null;
    return { version: Number(at.toString()), states: noted.toString('latin1'), ends };
  };

  const end = oneCommandPerTurn(async (scheduleId: string, seatNumbers: readonly number[]) => {
    const [, ...gets] = seatNumbers.flatMap((number) => ['GET' as const, 'u32', `#${number - 1}`]);
    const ends = await redis.bitfield_ro(keyOf(scheduleId, 'ends'), 'GET', ...gets);
    return ends.map(Number);
  });

  // Those who have the same map ask together: everybody who was told of the last change.
  const changes = oneCommandPerTurn(async (asked: string, readers: readonly true[]) => {
    const [scheduleId = '', since = ''] = asked.split(' ');
    const read = readChanges(
      await runScript(redis, scripts.since, seatMapKeys(scheduleId), [since]),
      Number(since),
    );
    return readers.map(() => read);
  });

  const drop = async (scheduleId: string, target: number): Promise<boolean> => {
    const args = [target, TIMES.mapFloorKeptMs, seatMapChannel(scheduleId)];
    return (await runScript(redis, scripts.drop, seatMapKeys(scheduleId), args)) === 1;
  };

  return {
    states: async (scheduleId) => states(scheduleId, true),
    version: async (scheduleId) => version(scheduleId, true),
    whole,
    floor: async (scheduleId) => floor(scheduleId, true),
    free: async (scheduleId) => free(scheduleId, true),
    counts: async (scheduleId) =>
      countsOf(await runScript(redis, scripts.counts, seatMapKeys(scheduleId), [])),
    changes: async (scheduleId, since) => changes(`${scheduleId} ${since}`, true),
    ends: async (scheduleId, seatNumbers) =>
      Promise.all(seatNumbers.map(async (number) => end(scheduleId, number))),
    change: async (scheduleId, target, changed, heldUntilMs) => {
      if (changed.length > MOST_SEATS_CHANGED) {
        await drop(scheduleId, target);
        return;
      }
      const bounds = [TIMES.mapFloorKeptMs, logEntries, logBytes];
      // Rounded down: in doubt the queue decides.
      const heldUntil = Math.floor(heldUntilMs / 1000);
      const args = [target, ...bounds, seatMapChannel(scheduleId), heldUntil, ...changed.flat()];
      await runScript(redis, scripts.change, seatMapKeys(scheduleId), args);
    },
    note: async (scheduleId, read) => {
      const channel = seatMapChannel(scheduleId);
      const ttlMs = read.isOver === true ? OVER_TTL_MS : 0;
      const args = [read.version, read.states, countFree(read.states), channel, read.ends, ttlMs];
      await runScript(redis, scripts.note, seatMapKeys(scheduleId), args);
    },
    drop,
    forget: async (scheduleId) => {
      await redis.unlink(...seatMapKeys(scheduleId));
    },
  };
}

const Counts = z.tuple([z.int(), z.int(), z.int(), z.int(), z.int()]).nullable();
function countsOf(reply: unknown): NotedCounts | null {
  const counts = Counts.parse(reply ?? null);
  if (counts === null) return null;
  const [version, available, held, total, blocked] = counts;
  return { version, available, held, total, blocked };
}

/** The same of one seat, of what the truth told. */
export function endIn(ends: Buffer | undefined, seatNumber: number): number {
  const offset = 4 * (seatNumber - 1);
  return ends !== undefined && offset + 4 <= ends.length ? ends.readUInt32BE(offset) : NOT_NOTED;
}

export function countFree(states: string): number {
  let free = 0;
  for (const state of states) if (state === 'A') free += 1;
  return free;
}

const load = (name: string): Script =>
  scriptOf(readFileSync(path.join(__dirname, 'lua', `${name}.lua`), 'utf8'));

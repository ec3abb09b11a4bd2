import type { RedisClient } from '../lib/redis';
import type { SeatState } from '../booking/types';
import { CHARACTER, type SeatChanges, type SeatCharacter } from './changes';
import { healMaps, type SeatVersions } from './heal';
import {
  countFree,
  createNotedMap,
  endIn,
  type LogBounds,
  NOT_NOTED,
  type NotedCounts,
  type SeatStates,
  type SeatTruthRead,
} from './noted-map';
import { TIMES } from '../lib/times';

export type { SeatChanges, SeatCharacter } from './changes';
export { endIn, type NotedCounts, type SeatStates, seatMapChannel, type SeatTruthRead } from './noted-map';

export interface SeatMap {
  /** @returns null when there is no such schedule */
  read(scheduleId: string): Promise<SeatStates | null>;
  /** The same, and until when each seat is kept from others, as `lua/change.lua` has it. */
  readEnds(scheduleId: string): Promise<SeatTruthRead | null>;
  /** The version alone, for a reader who may have it already. */
  version(scheduleId: string): Promise<number | null>;
  /** How many seats are free, without reading them. @returns null when there is no such schedule */
  available(scheduleId: string): Promise<number | null>;
  /** How many seats are in each state, as far as noted here. @returns null where nothing is */
  counts(scheduleId: string): Promise<NotedCounts | null>;
  /** What has changed since a version. @returns null when that is not known for sure: read the whole map then */
  changes(scheduleId: string, since: number): Promise<SeatChanges | null>;
  /**
   * Which of these seats are sold, or held by a hold whose end has not come, as far as noted here: for refusals at once,
   * never for a yes. Released or not, a seat whose hold has ended is not among them.
   */
  taken(scheduleId: string, seatNumbers: readonly number[]): Promise<number[]>;
  /** The same for somebody who may not be admitted: a hall is not read for them. @returns null where nothing is noted */
  takenAsNoted(scheduleId: string, seatNumbers: readonly number[]): Promise<number[] | null>;
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
   * database that has been put back to an earlier state. There, versions go on beyond those told before: told twice,
   * one would mean two different maps to whoever asks what has changed since. A change that is only late is waited for,
   * for a moment. @returns the schedules concerned
   */
  heal(scheduleIds: readonly string[]): Promise<string[]>;
  /** Removes what is noted of a schedule that is over. It can be read all the same, and is then noted for a while. */
  forget(scheduleId: string): Promise<void>;
}

/** What Postgres says. */
export interface SeatTruth extends SeatVersions {
  seatStates(scheduleId: string): Promise<SeatTruthRead | null>;
}

// Enough that whoever asks every few seconds finds there all that has changed since, also while a date sells fast.
const LOG_BOUNDS: LogBounds = { logEntries: 1000, logBytes: 64_000 };

/**
 * The live seat states in Redis: a cache in front of Postgres that may vanish at any time.
 * @param bounds of each schedule's log of changes
 * @param lateAfterMs how long after its commit a change may be noted before `heal` takes it for lost
 */
export function createSeatMap(
  redis: RedisClient,
  truth: SeatTruth,
  bounds: LogBounds = LOG_BOUNDS,
  lateAfterMs: number = TIMES.mapLateMs,
): SeatMap {
  const noted = createNotedMap(redis, bounds);
  const loading = new Map<string, Promise<SeatTruthRead | null>>();

  async function readAnew(scheduleId: string): Promise<SeatTruthRead | null> {
    const read = await truth.seatStates(scheduleId);
    if (read !== null) await noted.note(scheduleId, read);
    return read;
  }

  /** One read of the truth serves everybody in this process who misses meanwhile. */
  async function loadOnce(scheduleId: string): Promise<SeatTruthRead | null> {
    let started = loading.get(scheduleId);
    if (started === undefined) {
      started = readAnew(scheduleId).finally(() => loading.delete(scheduleId));
      loading.set(scheduleId, started);
    }
    return started;
  }

  async function takenAsNoted(scheduleId: string, seatNumbers: readonly number[]): Promise<number[] | null> {
    const ends = await noted.ends(scheduleId, seatNumbers);
    return ends.includes(NOT_NOTED) ? null : takenBy(ends, seatNumbers);
  }

  return {
    read: async (scheduleId) => {
      const known = await noted.states(scheduleId);
      if (known !== null) return known;
      const read = await loadOnce(scheduleId);
      return read === null ? null : { version: read.version, states: read.states };
    },
    readEnds: async (scheduleId) => (await noted.whole(scheduleId)) ?? loadOnce(scheduleId),
    version: async (scheduleId) =>
      (await noted.version(scheduleId)) ?? (await loadOnce(scheduleId))?.version ?? null,
    available: async (scheduleId) => {
      const free = await noted.free(scheduleId);
      if (free !== null) return free;
      const read = await loadOnce(scheduleId);
      return read === null ? null : countFree(read.states);
    },
    counts: noted.counts,
    changes: noted.changes,
    taken: async (scheduleId, seatNumbers) => {
      const known = await takenAsNoted(scheduleId, seatNumbers);
      if (known !== null) return known;
      // As after a Redis loss: without this every refusal would go through the queue until somebody looks at the map.
      const read = await loadOnce(scheduleId);
      const ends = seatNumbers.map((number) => endIn(read?.ends, number));
      return takenBy(ends, seatNumbers);
    },
    takenAsNoted,
    change: async (scheduleId, version, states, heldUntilMs) => {
      const changed = [...states].map(([number, state]): [number, SeatCharacter] => [
        number,
        CHARACTER[state],
      ]);
      await noted.change(scheduleId, version, changed, heldUntilMs);
    },
    heal: async (scheduleIds) => healMaps({ noted, truth, lateAfterMs }, scheduleIds),
    forget: noted.forget,
  };
}

function takenBy(ends: readonly number[], seatNumbers: readonly number[]): number[] {
  const nowSeconds = Date.now() / 1000;
  return seatNumbers.filter((_number, index) => (ends[index] ?? NOT_NOTED) > nowSeconds);
}

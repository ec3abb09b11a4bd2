import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RedisClient } from '../lib/redis';
import { nextTick, oneCommandPerTurn } from '../lib/one-command-per-turn';
import { runScript, type Script, type ScriptArgument, scriptOf } from '../lib/redis-script';
import { activeKey, placesKey, roomKeys, waitingKey } from './keys';

/** One script per act; `lua/<act>.lua` says what it takes and returns. */

export type Act =
  | 'claim'
  | 'close'
  | 'forget'
  | 'holders'
  | 'keep'
  | 'leave'
  | 'open'
  | 'ordinary'
  | 'place'
  | 'policy'
  | 'restore'
  | 'sequence'
  | 'shorten'
  | 'stats'
  | 'tick'
  | 'used';

export interface Joining {
  member: string;
  /** Postgres does not need its admission: one that has run out is dropped. */
  isOver: boolean;
  /** It has the code of a presale that runs. */
  hasCode: boolean;
}

export interface Hold {
  member: string;
  untilMs: number;
}

export interface PlaceInOrder {
  member: string;
  sequence: string;
}

export interface RoomScripts {
  /** When the member's admission ends (ms since 1970; not a whole number when that is later than the time for choosing); 0: none. */
  admissionEndsMs(concertId: string, member: string): Promise<number>;
  /** Until when the admitted member may hold seats (ms since 1970), as stored; 0 when not known. */
  choosesUntilMs(concertId: string, member: string): Promise<number>;
  /** One member's state, and a sign of life, as `lua/look.lua` tells it. */
  look(concertId: string, member: string): Promise<unknown>;
  /** Takes a place for one member, or finds the one it has, as `lua/join.lua` tells it. */
  join(concertId: string, member: Joining): Promise<unknown>;
  /** Lets admissions last as long as these holds. @returns how many of them were raised */
  extend(concertId: string, holds: readonly Hold[]): Promise<number>;
  /** Who has a place after that sequence and up to this one, in order, at most so many. */
  placesAfter(concertId: string, after: string, upTo: number, limit: number): Promise<PlaceInOrder[]>;
  /** Runs one act on one room. Rejects with the client's error. */
  run(act: Act, concertId: string, args: readonly ScriptArgument[]): Promise<unknown>;
}

// While a script runs, Redis does nothing else: one call must stay short.
const SHARERS_LIMIT = 100;

/** Reads the scripts from disk and runs them by digest. */
export function createScripts(redis: RedisClient): RoomScripts {
  const scripts = loadScripts();
  const looking = load('look', 'pace', 'place');
  const joining = load('join', 'pace', 'place', 'marks', 'sequence');
  const extending = load('extend');

  const run = async (act: Act, concertId: string, args: readonly ScriptArgument[]): Promise<unknown> =>
    runScript(redis, scripts[act], roomKeys(concertId), args);

  // The guard asks with every request.
  const admissionEndsMs = oneCommandPerTurn(async (concertId: string, members: readonly string[]) => {
    const ends = await redis.zmscore(activeKey(concertId), [...members]);
    return ends.map((end) => Number(end ?? 0));
  });

  const choosesUntilMs = oneCommandPerTurn(async (concertId: string, members: readonly string[]) => {
    const places = await redis.hmget(placesKey(concertId), ...members);
    return places.map((place) => Number(place?.split(' ')[1] ?? 0));
  });

  // A large room polls all the time: with a call for each poll, calling would be a good part of all the work.
  const look = oneCommandPerTurn(
    async (concertId: string, members: readonly string[]) => {
      return listOf(await runScript(redis, looking, roomKeys(concertId), members));
    },
    { limit: SHARERS_LIMIT },
  );

  const join = oneCommandPerTurn(
    async (concertId: string, joiners: readonly Joining[]) => {
      const args = joiners.flatMap(({ member, isOver, hasCode }) => [
        member,
        isOver ? '1' : '0',
        hasCode ? '1' : '0',
      ]);
      return listOf(await runScript(redis, joining, roomKeys(concertId), args));
    },
    { limit: SHARERS_LIMIT },
  );

  // The schedules of one concert that shared a transaction.
  const extend = oneCommandPerTurn(
    async (concertId: string, groups: readonly (readonly Hold[])[]) => {
      const args = groups.flatMap((holds) => [
        holds.length,
        ...holds.flatMap(({ member, untilMs }) => [member, untilMs]),
      ]);
      return listOf(await runScript(redis, extending, roomKeys(concertId), args)).map(Number);
    },
    { sendOn: nextTick },
  );

  const placesAfter = async (concertId: string, after: string, upTo: number, limit: number) => {
    const told = await redis.zrangebyscore(
      waitingKey(concertId),
      `(${after}`,
      upTo,
      'WITHSCORES',
      'LIMIT',
      0,
      limit,
    );
    return Array.from({ length: told.length / 2 }, (_, index) => ({
      member: told[2 * index] ?? '',
      sequence: told[2 * index + 1] ?? '',
    }));
  };

  return { run, look, join, extend, placesAfter, admissionEndsMs, choosesUntilMs };
}

function listOf(reply: unknown): unknown[] {
  if (!Array.isArray(reply)) throw new TypeError('A script told no list');
  return reply.map((each: unknown) => each);
}

function loadScripts(): Record<Act, Script> {
  return {
    claim: load('claim'),
    close: load('close', 'sequence'),
    forget: load('forget'),
    holders: load('holders', 'sequence'),
    keep: load('keep'),
    leave: load('leave'),
    open: load('open', 'policy', 'sequence', 'pace'),
    ordinary: load('ordinary'),
    place: load('place', 'sequence'),
    policy: load('policy', 'policy'),
    restore: load('restore', 'pace', 'place', 'marks', 'sequence'),
    sequence: load('sequence'),
    shorten: load('shorten'),
    stats: load('stats', 'rate'),
    tick: load('tick', 'policy', 'pace', 'rate', 'marks', 'stock'),
    used: load('used'),
  };
}

/** Only what the act needs: a script defines its functions anew at every call, and every poll would pay for all of them. */
function load(act: Act | 'extend' | 'join' | 'look', ...shared: string[]): Script {
  const parts = ['prelude', ...shared.map((name) => `shared/${name}`), act];
  return scriptOf(parts.map(readLua).join('\n'));
}

/** Counts the streams of one user; on keys of its own, so without the prelude. */
export const loadStreamScript = (): Script => scriptOf(readLua('stream'));

function readLua(name: string): string {
  return readFileSync(path.join(__dirname, 'lua', `${name}.lua`), 'utf8');
}

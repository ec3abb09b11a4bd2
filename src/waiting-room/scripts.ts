import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { sharing } from '../lib/share';
import { runScript, type Script, type ScriptArgument, scriptOf } from '../lib/redis-script';
import { activeKey, roomKeys } from './keys';

/** One script per act; `lua/<act>.lua` says what it takes and returns. */

export type Act =
  'extend' | 'join' | 'leave' | 'look' | 'open' | 'policy' | 'restore' | 'stats' | 'tick' | 'used';

export interface RoomScripts {
  /** When the member's admission ends (ms since 1970), as stored; 0 when there is none. */
  admissionEndsMs(concertId: string, member: string): Promise<number>;
  /** Runs one act on one room. Rejects with the client's error. */
  run(act: Act, concertId: string, args: readonly ScriptArgument[]): Promise<unknown>;
}

/** Reads the scripts from disk and runs them by digest. */
export function createScripts(redis: Redis | Cluster): RoomScripts {
  const scripts = loadScripts();

  const run = async (act: Act, concertId: string, args: readonly ScriptArgument[]): Promise<unknown> =>
    runScript(redis, scripts[act], roomKeys(concertId), args);

  // The guard asks with every request.
  const admissionEndsMs = sharing(async (concertId: string, members: readonly string[]) => {
    const ends = await redis.zmscore(activeKey(concertId), [...members]);
    return ends.map((end) => Number(end ?? 0));
  });

  return { run, admissionEndsMs };
}

function loadScripts(): Record<Act, Script> {
  return {
    extend: load('extend'),
    join: load('join', 'place', 'sequence'),
    leave: load('leave'),
    look: load('look', 'place'),
    open: load('open', 'policy', 'sequence'),
    policy: load('policy', 'policy'),
    restore: load('restore', 'place'),
    stats: load('stats', 'rate'),
    tick: load('tick', 'policy', 'rate'),
    used: load('used'),
  };
}

/** Only what the act needs: defining the rest would take a tenth of the time of every poll. */
function load(act: Act, ...shared: string[]): Script {
  const parts = ['prelude', ...shared.map((name) => `shared/${name}`), act];
  return scriptOf(parts.map(readLua).join('\n'));
}

function readLua(name: string): string {
  return readFileSync(path.join(__dirname, 'lua', `${name}.lua`), 'utf8');
}

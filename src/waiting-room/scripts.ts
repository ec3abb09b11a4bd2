import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { isUnknownScript, runScript, type Script, type ScriptArgument, scriptOf } from '../lib/redis-script';
import { roomKeys } from './keys';

/** One script per act; `lua/<act>.lua` says what it takes and returns. */

export type Act =
  'extend' | 'join' | 'leave' | 'look' | 'open' | 'policy' | 'restore' | 'stats' | 'tick' | 'used';

export interface RoomScripts {
  /** Runs one act on one room. Rejects with the client's error. */
  run(act: Act, concertId: string, args: readonly ScriptArgument[]): Promise<unknown>;
  /** Runs an act many times on one room in one trip; replies in order. Rejects when any of them failed. */
  runMany(act: Act, concertId: string, argLists: readonly (readonly ScriptArgument[])[]): Promise<unknown[]>;
}

/** Reads the scripts from disk and runs them by digest. */
export function createScripts(redis: Redis | Cluster): RoomScripts {
  const scripts = loadScripts();

  const run = async (act: Act, concertId: string, args: readonly ScriptArgument[]): Promise<unknown> =>
    runScript(redis, scripts[act], roomKeys(concertId), args);

  async function runMany(act: Act, concertId: string, argLists: readonly (readonly ScriptArgument[])[]) {
    const keys = roomKeys(concertId);
    const pipeline = redis.pipeline();
    for (const args of argLists) pipeline.evalsha(scripts[act].sha1, keys.length, ...keys, ...args);
    const replies = (await pipeline.exec()) ?? [];
    return Promise.all(
      argLists.map(async (args, i) => {
        const [error, reply] = replies[i] ?? [new Error('A pipelined command had no reply'), null];
        if (!error) return reply;
        if (isUnknownScript(error)) return run(act, concertId, args);
        throw error;
      }),
    );
  }

  return { run, runMany };
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

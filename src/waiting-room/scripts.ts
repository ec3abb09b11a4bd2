import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { roomKeys } from './keys';

/** One script per act; `lua/<act>.lua` says what it takes and returns. */

export type Act =
  'extend' | 'join' | 'leave' | 'look' | 'open' | 'policy' | 'restore' | 'stats' | 'tick' | 'used';
type Argument = string | number;

export interface RoomScripts {
  /** Runs one act on one room. Rejects with the client's error. */
  run(act: Act, concertId: string, args: readonly Argument[]): Promise<unknown>;
  /** Runs an act many times on one room in one trip; replies in order. Rejects when any of them failed. */
  runMany(act: Act, concertId: string, argLists: readonly (readonly Argument[])[]): Promise<unknown[]>;
}

interface Script {
  source: string;
  sha1: string;
}

/** Reads the scripts from disk and runs them by digest. */
export function createScripts(redis: Redis | Cluster): RoomScripts {
  const scripts = loadScripts();

  async function run(act: Act, concertId: string, args: readonly Argument[]): Promise<unknown> {
    const { source, sha1 } = scripts[act];
    const keys = roomKeys(concertId);
    try {
      return await redis.evalsha(sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      // Redis restarted, or another node has the room now. EVAL runs it and makes it known again.
      return redis.eval(source, keys.length, ...keys, ...args);
    }
  }

  async function runMany(act: Act, concertId: string, argLists: readonly (readonly Argument[])[]) {
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
  const source = parts.map(readLua).join('\n');
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

function readLua(name: string): string {
  return readFileSync(path.join(__dirname, 'lua', `${name}.lua`), 'utf8');
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

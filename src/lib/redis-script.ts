import { createHash } from 'node:crypto';
import { Cluster } from 'ioredis';
import type { RedisClient } from './redis';

interface Text {
  source: string;
  sha1: string;
}

/**
 * A Lua script and the digests that Redis knows it by. It tells others with `redis.call(PUBLISH, channel, message)`: in a
 * cluster that is SPUBLISH, whose channel must be in the slot of the script's keys.
 */
export interface Script {
  alone: Text;
  inCluster: Text;
}

export type ScriptArgument = string | number | Buffer;

export function scriptOf(source: string): Script {
  return { alone: textOf(source, 'PUBLISH'), inCluster: textOf(source, 'SPUBLISH') };
}

function textOf(lua: string, publish: string): Text {
  const source = `local PUBLISH = '${publish}'\n${lua}`;
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** Runs a script by its digest, and in full when Redis does not know it. Rejects with the client's error. */
export async function runScript(
  redis: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  const { source, sha1 } = redis instanceof Cluster ? script.inCluster : script.alone;
  try {
    return await redis.evalsha(sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    // Redis restarted, or another node has the keys now. EVAL runs it and makes it known again.
    return redis.eval(source, keys.length, ...keys, ...args);
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';

/** A Lua script and the digest that Redis knows it by. */
export interface Script {
  source: string;
  sha1: string;
}

export type ScriptArgument = string | number | Buffer;

export function scriptOf(source: string): Script {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** Runs a script by its digest, and in full when Redis does not know it. Rejects with the client's error. */
export async function runScript(
  redis: Redis | Cluster,
  { source, sha1 }: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
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

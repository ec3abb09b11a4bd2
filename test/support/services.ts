import { type ChildProcess, execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { z } from 'zod';

/** Where the test services are, and how to end them. */
export interface Services {
  databaseUrl: string;
  redisUrl: string;
  stop(): Promise<void>;
}

/** A Redis or Valkey that runs on this machine. */
export interface RedisBinary {
  command: string;
  libraryPath: string;
}

const PROGRAM = path.resolve('script', 'services.mjs'); // Tests and bench run in the repository's folder.
const Addresses = z.object({ databaseUrl: z.string(), redisUrl: z.string() });
const Binary = z.object({ command: z.string(), libraryPath: z.string() });

/** Starts a Postgres and a Redis for this run alone; they end with this process, however it ends. */
export async function startEmbeddedServices(): Promise<Services> {
  const child = spawn(process.execPath, [PROGRAM, '--ephemeral'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await firstLine(child);
  return {
    ...Addresses.parse(JSON.parse(line)),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the services have no stdout to read from');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the test services did not start: see above');
}

/** The binary that the test services use, for tests that need a Redis process of their own. */
export async function findRedisBinary(): Promise<RedisBinary> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--redis-binary']);
  return Binary.parse(JSON.parse(stdout));
}

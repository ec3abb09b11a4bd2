import { spawn } from 'node:child_process';
import { ROOT } from '../support/files';
import { stopwatch } from '../support/stopwatch';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

// A start waits a quarter of a minute for Redis; what lasts longer has started something.
const PATIENCE_MS = 45_000;

/** Runs a command to its end, as from a terminal; one that goes on is ended, with all it started, and has no code. */
export async function run(
  command: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Ran> {
  const elapsedMs = stopwatch();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGTERM'), PATIENCE_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  clearTimeout(timer);
  return { code, stdout, stderr, ms: elapsedMs() };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** The service, as it was built from some checkout. */
export interface Build {
  /** What to call it. */
  name: string;
  /** The checkout: its `bin` names the runtime's flags. */
  root: string;
  /** Where its compiled entry files are. */
  compiled: string;
  /** A database with its migrations, and nothing in it: the others are copies. */
  migrated: string;
}

/** What lies beside this compiled file: built from the checkout that the bench itself is of. */
export const THIS_BUILD: Build = {
  name: 'this checkout',
  root: process.cwd(), // `run.mjs` starts the bench in the repository's folder.
  compiled: path.resolve(__dirname, '../../src'),
  migrated: 'bench_migrated',
};

/** Its own migrations and its own settings of the role, which a copy of a database lacks. */
export async function migrateWith(build: Build, databaseUrl: string): Promise<void> {
  const { code, output } = await runEntry(path.join(build.compiled, 'migrate.js'), databaseUrl);
  if (code !== 0) throw new Error(`The migrations of ${build.name} failed:\n${output}`);
}

/** Runs the build's own check of every invariant. @throws Error with what it found */
export async function auditDatabase(build: Build, name: string, databaseUrl: string): Promise<void> {
  const { code, output } = await runEntry(path.join(build.compiled, 'audit.js'), databaseUrl);
  if (code !== 0) throw new Error(`The audit of ${name} failed:\n${output}`);
}

async function runEntry(file: string, databaseUrl: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output += text.toString()));
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}

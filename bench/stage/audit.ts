import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const AUDIT = path.resolve(__dirname, '../../src/audit.js');

/** Runs the service's own check of every invariant. @throws Error with what it found */
export async function auditDatabase(name: string, databaseUrl: string): Promise<void> {
  const child = spawn(process.execPath, [AUDIT], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output += text.toString()));
  }
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`The audit of ${name} failed:\n${output}`);
}

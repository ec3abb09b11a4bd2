import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Started {
  /** Whose work this is, such as `web`. */
  role: string;
  pid: number;
  url: string;
  /** Called twice: between the two calls the process is profiled, and the profile goes to the file. */
  profile(file: string): void;
  stop(): Promise<void>;
}

export interface Program {
  role: string;
  file: string;
  /** The file that names the runtime's flags. */
  launcher: string;
  env: NodeJS.ProcessEnv;
  /** Answers 200 once the process can work. */
  readyUrl: string;
  /** Where its output goes: shown when it fails. */
  logFile: string;
}

const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 15_000;
const FOLLOW = path.join(__dirname, 'follow.js');

/** Starts a server process and waits until it is ready. */
export async function startProgram(program: Program): Promise<Started> {
  const log = openSync(program.logFile, 'a');
  const args = [...flagsOf(program.launcher), '--require', FOLLOW, program.file];
  // `follow` ends it when the pipe closes, however the bench ended. Detached: Ctrl-C is for the bench, which stops its
  // processes in order.
  const child = spawn(process.execPath, args, {
    env: program.env,
    stdio: ['pipe', log, log],
    detached: true,
  });
  let ended = false;
  child.once('exit', () => (ended = true));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(program.readyUrl))) {
    if (ended || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The ${program.role} process did not start:\n${readFileSync(program.logFile, 'utf8')}`);
    }
    await sleep(50);
  }
  if (child.pid === undefined) throw new Error('A process without an id');
  return {
    role: program.role,
    pid: child.pid,
    url: new URL(program.readyUrl).origin,
    profile: (file) => child.stdin?.write(`${file}\n`),
    stop: async () => stop(child),
  };
}

/** The flags of the runtime that the service is started with. */
function flagsOf(launcher: string): string[] {
  const flags = /^#!.* node (--.+)$/m.exec(readFileSync(launcher, 'utf8'))?.[1];
  if (flags === undefined) throw new Error(`${launcher} names no flags`);
  return flags.split(' ');
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // not listening yet
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(late);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}

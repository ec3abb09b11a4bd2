import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { killWithUs } from './last-will';
import { freePort } from './ports';
import { findRedisBinary, type RedisBinary } from './services';

/** A Redis process of one test, to be harmed as that test likes. */
export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  /** SIGKILL: nothing is written any more. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** The same port again; with `appendOnly` with its data, else empty. Ends a running one in good order first. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The URL of a logical database that this Jest worker has for itself, emptied now. */
export async function testRedisUrl(): Promise<string> {
  const server = process.env['TEST_REDIS_URL'];
  if (!server) throw new Error('TEST_REDIS_URL is not set: Jest’s global setup sets it');
  const url = new URL(server);
  url.pathname = `/${process.env['JEST_WORKER_ID'] ?? '1'}`;
  const client = new Redis(url.toString());
  try {
    await client.flushdb();
  } finally {
    client.disconnect();
  }
  return url.toString();
}

/** Starts a Redis for fault tests. Its data is in a temporary folder that `stop()` deletes. */
export async function startPrivateRedis(options: { appendOnly?: boolean } = {}): Promise<PrivateRedis> {
  const binary = await redisBinary();
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-redis-'));
  const port = await freePort();
  const keeping = [
    '--appendonly',
    options.appendOnly ? 'yes' : 'no',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  const start = () => startServer(binary, folder, ['--port', String(port), ...keeping]);
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => end(server, 'SIGKILL'),
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    restart: async () => {
      await end(server, 'SIGTERM');
      server = await start();
    },
    stop: async () => {
      await end(server, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let serversStarted = 0;
let found: Promise<RedisBinary> | undefined;

export function redisBinary(): Promise<RedisBinary> {
  found ??= findRedisBinary();
  return found;
}

/** @param said by which its log shows that it can be used */
export async function startServer(
  binary: RedisBinary,
  folder: string,
  args: string[],
  said = 'Ready to accept connections',
): Promise<ChildProcess> {
  const logFile = path.join(folder, `${Date.now()}-${serversStarted++}.log`);
  const common = ['--bind', '127.0.0.1', '--databases', '64', '--hz', '100', '--logfile', logFile];
  const libraries = binary.libraryPath === '' ? {} : { LD_LIBRARY_PATH: binary.libraryPath };
  const server = spawn(binary.command, [...args, ...common, '--dir', folder], {
    env: { ...process.env, ...libraries },
    stdio: 'ignore',
  });
  killWithUs(server, folder);
  const log = () => readFile(logFile, 'utf8').catch(() => ''); // not written yet
  const deadline = Date.now() + 10_000;
  while (!(await log()).includes(said)) {
    const over = server.exitCode !== null || Date.now() > deadline;
    if (over) throw new Error(`Redis did not start:\n${await log()}`);
    await sleep(5);
  }
  return server;
}

export async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGCONT'); // a paused process would take the signal only when it continues
  server.kill(signal);
  await ended;
}

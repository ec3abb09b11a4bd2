import { readdirSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { end, redisBinary, startServer } from '../../test/support/redis';
import { freePort } from './processes';

/** A Redis that a scenario may kill. */
export interface OwnRedis {
  url: string;
  /** As a crash does: nothing is written any more. */
  kill(): Promise<void>;
  /**
   * At the same address, with what its file has.
   * @param forgottenMs how much of the end of the file is gone, by the time in which it was written: what a power cut takes
   */
  restart(forgottenMs: number): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 5;
const REMEMBERED_LOOKS = 1000;

/** Its file is written with every command and brought to the disk once a second, as by default. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const [binary, port] = [await redisBinary(), await freePort()];
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-bench-redis-'));
  const keeping = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const start = async () => startServer(binary, folder, ['--port', String(port), ...keeping]);
  let server = await start();
  let log = watch(folder);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => {
      await end(server, 'SIGKILL');
      log.close();
    },
    restart: async (forgottenMs) => {
      log.forget(forgottenMs);
      server = await start();
      log = watch(folder);
    },
    stop: async () => {
      log.close();
      await end(server, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Notes how long the append-only file is, again and again. */
function watch(folder: string): { close(): void; forget(milliseconds: number): void } {
  const file = appendOnlyFile(folder);
  const looks: { atMs: number; bytes: number }[] = [];
  const look = (): void => {
    looks.push({ atMs: performance.now(), bytes: statSync(file).size });
    if (looks.length > REMEMBERED_LOOKS) looks.shift();
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  let closedAtMs = Infinity;
  return {
    close: () => {
      clearInterval(timer);
      closedAtMs = Math.min(closedAtMs, performance.now());
    },
    forget: (milliseconds) => {
      const then = looks.findLast(({ atMs }) => atMs <= closedAtMs - milliseconds) ?? looks[0];
      if (milliseconds > 0 && then !== undefined) truncateSync(file, then.bytes);
    },
  };
}

/** The one that grows: since Redis 7 there is another one beside it, of what was there at the start. */
function appendOnlyFile(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const name = names.find((each) => each.endsWith('.incr.aof')) ?? 'appendonly.aof';
  return path.join(folder, name);
}

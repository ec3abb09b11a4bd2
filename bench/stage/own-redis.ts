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
  /** At the same address, with what its file has. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Its file is written with every command and brought to the disk once a second, as by default. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const [binary, port] = [await redisBinary(), await freePort()];
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-bench-redis-'));
  const keeping = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const start = async () => startServer(binary, folder, ['--port', String(port), ...keeping]);
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: async () => end(server, 'SIGKILL'),
    restart: async () => {
      server = await start();
    },
    stop: async () => {
      await end(server, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

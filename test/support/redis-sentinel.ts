import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './ports';
import { end, redisBinary, startServer } from './redis';
import { infoOf } from './redis-cluster';
import { untilIs } from './until';

const NAME = 'sale';
export const PASSWORD = 'the password of the data';
const SENTINEL_PASSWORD = 'the password of the sentinels';
const DOWN_AFTER_MS = 1000;

export interface WatchedRedis {
  readonly port: number;
  readonly client: Redis;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A master and a replica, and three sentinels who watch them; all of them ask for a password. */
export interface SentinelSet {
  readonly url: string;
  readonly servers: readonly WatchedRedis[];
  /** Which of them is the master, as the sentinels say. */
  master(): Promise<WatchedRedis>;
  replica(): Promise<WatchedRedis>;
  stop(): Promise<void>;
}

type OwnServer = WatchedRedis & { stop(): Promise<void> };

/** Starts them on loopback. Their data is in temporary folders that `stop()` deletes. */
export async function startSentinels(): Promise<SentinelSet> {
  const first = await startWatched(null);
  const servers = [first, await startWatched(first.port)];
  const [, replica] = servers;
  if (replica === undefined) throw new Error('no replica');
  const link = async (): Promise<string> =>
    infoOf(await replica.client.info('replication'), 'master_link_status');
  await untilIs('the replica', link, 'up');
  const sentinels = await Promise.all(Array.from({ length: 3 }, async () => startSentinel(first.port)));
  await Promise.all(sentinels.map(knowsAll));
  const asked = async (): Promise<number> => {
    const [sentinel] = sentinels;
    const told = await sentinel?.client.call('sentinel', 'get-master-addr-by-name', NAME);
    return Array.isArray(told) ? Number(told[1]) : 0;
  };
  const one = (is: (port: number) => boolean): WatchedRedis => {
    const found = servers.find(({ port }) => is(port));
    if (found === undefined) throw new Error('the sentinels name another Redis');
    return found;
  };
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const query = `sentinelPassword=${encodeURIComponent(SENTINEL_PASSWORD)}`;
  return {
    url: `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${hosts}/${NAME}?${query}`,
    servers,
    master: async () => {
      const now = await asked();
      return one((port) => port === now);
    },
    replica: async () => {
      const now = await asked();
      return one((port) => port !== now);
    },
    stop: async () => {
      await Promise.all([...sentinels, ...servers].map(async (each) => each.stop()));
    },
  };
}

async function startWatched(masterPort: number | null): Promise<OwnServer> {
  const following = masterPort === null ? [] : ['--replicaof', '127.0.0.1', String(masterPort)];
  const secret = ['--requirepass', PASSWORD, '--masterauth', PASSWORD];
  return startOwn(PASSWORD, (port) => [
    '--port',
    String(port),
    ...following,
    ...secret,
    '--save',
    '',
    '--repl-diskless-sync-delay',
    '0',
  ]);
}

async function startSentinel(masterPort: number): Promise<OwnServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-sentinel-'));
  const file = path.join(folder, 'sentinel.conf');
  const lines = [
    `requirepass "${SENTINEL_PASSWORD}"`,
    `sentinel sentinel-pass "${SENTINEL_PASSWORD}"`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel auth-pass ${NAME} "${PASSWORD}"`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 6000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const args = (port: number): string[] => [file, '--port', String(port), '--sentinel'];
  const started = await startOwn(SENTINEL_PASSWORD, args, 'Sentinel ID is');
  return {
    ...started,
    stop: async () => {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startOwn(
  password: string,
  argsOf: (port: number) => string[],
  said?: string,
): Promise<OwnServer> {
  const [binary, folder] = [await redisBinary(), await mkdtemp(path.join(tmpdir(), 'frontrow-watched-'))];
  const port = await freePort();
  let server: ChildProcess = await startServer(binary, folder, argsOf(port), said);
  const client = new Redis(port, '127.0.0.1', {
    password,
    retryStrategy: () => 100,
    maxRetriesPerRequest: 1,
    enableReadyCheck: false, // A sentinel has no data to be ready with.
  });
  client.on('error', () => undefined); // It is killed now and then.
  return {
    port,
    client,
    isRunning: () => server.exitCode === null && server.signalCode === null,
    signal: (signal) => void server.kill(signal),
    kill: async () => end(server, 'SIGKILL'),
    restart: async () => {
      await end(server, 'SIGKILL');
      server = await startServer(binary, folder, argsOf(port), said);
    },
    stop: async () => {
      client.disconnect();
      await end(server, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A fail-over needs two sentinels who know each other, and a replica they know. */
async function knowsAll({ client }: OwnServer): Promise<void> {
  const known = async (): Promise<string> => {
    const told = await client.call('sentinel', 'master', NAME);
    const fields = Array.isArray(told) ? told.map(String) : [];
    const after = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    return `${after('num-slaves')} ${after('num-other-sentinels')} ${after('flags')}`;
  };
  await untilIs('the sentinels know each other', known, '1 2 master');
}

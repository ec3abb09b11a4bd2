import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { type Build, migrateWith, THIS_BUILD } from './stage/build';
import { parentOf } from './stage/cpu';
import { Databases, withClient } from './stage/databases';
import { startServices } from './stage/services';
import { Helper } from './tasks';

/** What every scenario works with. */
export interface Bench {
  /** Within a minute per scenario, and so rougher. */
  quick: boolean;
  databases: Databases;
  /** The build of the service that is measured. */
  build: Build;
  redisUrl: string;
  /** The load generator's process. */
  generator: Helper;
  /** For the output of the processes that are measured. */
  folder: string;
  postgresPid: number | null;
  redisPid: number | null;
  /** Where profiles of the measured turns go; null: none are made. */
  profileFolder: string | null;
  /** Whether this contestant takes part. */
  invites(name: string): boolean;
  /** Progress, for whoever watches. */
  say(text: string): void;
}

export type Options = Pick<Bench, 'quick' | 'profileFolder' | 'invites'>;

/** Starts what all scenarios share, and stops it afterwards, whatever happens. */
export async function withBench<T>(options: Options, work: (bench: Bench) => Promise<T>): Promise<T> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  say('==> Starting Postgres (every commit reaches the disk) and Redis');
  const services = await startServices();
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-bench-'));
  const generator = new Helper(path.join(__dirname, 'load/generator.js'));
  // Stopped by hand: all processes end with this one by themselves, the folder does not.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(130);
    });
  }
  try {
    const databases = new Databases(services.databaseUrl);
    await databases.tune();
    const redisUrl = services.redisUrl;
    await tuneRedis(redisUrl);
    const pids = { postgresPid: await postgresPid(services.databaseUrl), redisPid: await redisPid(redisUrl) };
    await prepare(databases, THIS_BUILD);
    return await work({
      ...options,
      databases,
      build: THIS_BUILD,
      redisUrl,
      generator,
      folder,
      ...pids,
      say,
    });
  } finally {
    generator.stop();
    await services.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the database that all of this build's are copies of. */
export async function prepare(databases: Databases, build: Build): Promise<void> {
  await migrateWith(build, await databases.create(build.migrated));
}

async function postgresPid(url: string): Promise<number | null> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0] === undefined ? null : parentOf(rows[0].pid);
  });
}

/** Nor does its log get rewritten in the middle of a turn: see the same of Postgres. */
async function tuneRedis(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.config('SET', 'auto-aof-rewrite-percentage', '0');
  redis.disconnect();
}

async function redisPid(url: string): Promise<number | null> {
  const redis = new Redis(url);
  const info = await redis.info('server');
  redis.disconnect();
  const pid = /process_id:(\d+)/.exec(info)?.[1];
  return pid === undefined ? null : Number(pid);
}

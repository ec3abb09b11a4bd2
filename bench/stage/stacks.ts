import path from 'node:path';
import { Redis } from 'ioredis';
import { untilIs } from '../../test/support/until';
import { FUNCTIONS } from '../baselines/direct-sql';
import { STREAM } from '../baselines/redis-alone-seats';
import { type Build, migrateWith, THIS_BUILD } from './build';
import { withClient } from './databases';
import { SECRETS } from './fans';
import { METRICS_TOKEN } from './metrics';
import { freePort, type Program, type Started, startProgram } from './processes';

export type BaselineName = 'direct' | 'row-lock' | 'redis-alone' | 'bare';

/** The service, a baseline, or no process at all: only a database with `direct`'s functions, and Redis. */
export type Kind = 'ours' | BaselineName | 'database';

/** One contestant's processes over a database and a Redis database of their own. */
export interface Stack {
  name: string;
  kind: Kind;
  databaseUrl: string;
  redisUrl: string;
  /** Where requests go. */
  url: string;
  processes: Started[];
  /** Whatever was answered before it was all done is done now. */
  settled(): Promise<void>;
  /** All processes anew, at the same addresses. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Place {
  name: string;
  databaseUrl: string;
  redisUrl: string;
  /** For the processes' output. */
  folder: string;
}

const BASELINES = path.resolve(__dirname, '../baselines');
// Longer than any run: nothing is to expire under a load that is compared with one where nothing expires.
const HOLD_TTL_SECONDS = '43200';

/** The service itself: one web process and as many workers as asked for. */
export async function startOurs(place: Place, build: Build, workers = 1): Promise<Stack> {
  await migrateWith(build, place.databaseUrl);
  const web = { role: 'web', file: path.join(build.compiled, 'server.js'), ready: '/readyz' };
  const worker = { role: 'worker', file: path.join(build.compiled, 'worker.js'), ready: '/healthz' };
  const entries = [web, ...Array.from({ length: workers }, () => worker)];
  const programs = entries.map(async (entry) => programOf(place, build.root, entry));
  return startStack(place, 'ours', await Promise.all(programs));
}

export async function startBaseline(place: Place, baseline: BaselineName): Promise<Stack> {
  if (baseline === 'direct') await addDirectFunctions(place.databaseUrl);
  const files = [{ role: 'web', file: `${baseline}.js` }];
  if (baseline === 'redis-alone') files.push({ role: 'worker', file: `${baseline}-copier.js` });
  const programs = files.map(async ({ role, file }) =>
    programOf(place, THIS_BUILD.root, { role, file: path.join(BASELINES, file), ready: '/readyz' }),
  );
  return startStack(place, baseline, await Promise.all(programs));
}

export async function addDirectFunctions(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => client.query(FUNCTIONS));
}

async function programOf(
  place: Place,
  checkout: string,
  { role, file, ready }: { role: string; file: string; ready: string },
): Promise<Program> {
  const port = await freePort();
  return {
    role,
    file,
    // Every contestant's web process gets the flags of our web process.
    launcher: path.join(checkout, role === 'worker' ? 'bin/worker' : 'bin/web'),
    env: { ...environmentOf(place, port), WORKER_PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}${ready}`,
    logFile: path.join(place.folder, `${place.name}-${role}.log`),
  };
}

function environmentOf(place: Place, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redisUrl,
    HOLD_TTL_SECONDS,
    // All fans come from one address here.
    RATE_LIMIT_PER_MINUTE: '0',
    METRICS_TOKEN,
    ...SECRETS,
  };
}

/** One after the other; requests go to the first. */
async function startStack(place: Place, kind: Kind, programs: readonly Program[]): Promise<Stack> {
  const { name, databaseUrl, redisUrl } = place;
  const processes: Started[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(async (started) => started.stop()));
  };
  const restart = async (): Promise<void> => {
    await stop();
    processes.length = 0;
    for (const program of programs) processes.push(await startProgram(program));
  };
  try {
    await restart();
  } catch (error) {
    await stop();
    throw error;
  }
  const settled = async () => (kind === 'redis-alone' ? untilCopied(redisUrl) : undefined);
  const url = processes[0]?.url ?? '';
  return { name, kind, databaseUrl, redisUrl, url, processes, settled, restart, stop };
}

/** Until nothing waits to be copied to Postgres. */
async function untilCopied(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await untilIs('everything copied', async () => redis.xlen(STREAM), 0, { everyMs: 5 });
  redis.disconnect();
}

/** Empties one Redis database. */
export async function flush(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await redis.flushdb();
  redis.disconnect();
}

import path from 'node:path';
import { Redis } from 'ioredis';
import { setForRoleAt } from '../../src/lib/session-settings';
import { FUNCTIONS } from '../baselines/direct-sql';
import { withClient } from './databases';
import { SECRETS } from './fans';
import { METRICS_TOKEN } from './metrics';
import { freePort, startProgram, type Started } from './processes';

/** One contestant's processes over a database and a Redis database of their own. */
export interface Stack {
  name: string;
  databaseUrl: string;
  redisUrl: string;
  /** Where requests go. */
  url: string;
  processes: Started[];
  stop(): Promise<void>;
}

export interface Place {
  name: string;
  databaseUrl: string;
  redisUrl: string;
  /** For the processes' output. */
  folder: string;
}

const BUILT = path.resolve(__dirname, '../..');
// Longer than any run: nothing is to expire under a load that is compared with one where nothing expires.
const HOLD_TTL_SECONDS = '43200';

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

/** The service itself: one web process and as many workers as asked for. */
export async function startOurs(place: Place, workers = 1): Promise<Stack> {
  await setForRoleAt(place.databaseUrl);
  const processes: Started[] = [];
  const start = async (role: string, file: string, ready: string) => {
    const port = await freePort();
    const env = { ...environmentOf(place, port), WORKER_PORT: String(port) };
    const readyUrl = `http://127.0.0.1:${port}${ready}`;
    const logFile = path.join(place.folder, `${place.name}-${role}.log`);
    processes.push(await startProgram({ role, file: path.join(BUILT, file), env, readyUrl, logFile }));
    return `http://127.0.0.1:${port}`;
  };
  try {
    const url = await start('web', 'src/server.js', '/readyz');
    for (let i = 0; i < workers; i += 1) await start('worker', 'src/worker.js', '/healthz');
    return stackOf(place, url, processes);
  } catch (error) {
    await Promise.all(processes.map(async (started) => started.stop()));
    throw error;
  }
}

export type BaselineName = 'direct' | 'row-lock' | 'bare';

export async function startBaseline(place: Place, baseline: BaselineName): Promise<Stack> {
  if (baseline === 'direct') await addDirectFunctions(place.databaseUrl);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = await startProgram({
    role: baseline,
    file: path.join(BUILT, `bench/baselines/${baseline}.js`),
    env: environmentOf(place, port),
    readyUrl: `${url}/readyz`,
    logFile: path.join(place.folder, `${place.name}.log`),
  });
  return stackOf(place, url, [started]);
}

export async function addDirectFunctions(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => client.query(FUNCTIONS));
}

function stackOf({ name, databaseUrl, redisUrl }: Place, url: string, processes: Started[]): Stack {
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(async (started) => started.stop()));
  };
  return { name, databaseUrl, redisUrl, url, processes, stop };
}

/** Empties one Redis database. */
export async function flush(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await redis.flushdb();
  redis.disconnect();
}

import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { CONNECTION_OPTIONS } from './direct-sql';
import { copyHolds, CREATE_COPY } from './redis-alone-copy';
import { readEntry, STREAM } from './redis-alone-seats';

const BATCH = 500;
const BLOCK_MS = 1000;
const PAUSE_AFTER_FAILURE_MS = 100;

/** The other half of `redis-alone`: copies what Redis has decided to Postgres, in batches, and takes it off the stream. */
async function main(): Promise<void> {
  const { env } = process;
  const pool = new Pool({ connectionString: env['DATABASE_URL'], max: 1, options: CONNECTION_OPTIONS });
  await pool.query(CREATE_COPY);
  const redis = new Redis(env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  redis.on('error', () => undefined); // It comes back, and commands wait for it.
  process.on('SIGTERM', () => process.exit(0));
  createServer((_request, response) => response.end('ready')).listen(Number(env['PORT']), '127.0.0.1');
  for (;;) {
    try {
      await copyBatch(redis, pool);
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
      await sleep(PAUSE_AFTER_FAILURE_MS);
    }
  }
}

/** Always from the beginning of the stream: what stands there was not copied, or not taken off, and is copied again. */
async function copyBatch(redis: Redis, pool: Pool): Promise<void> {
  const read = await redis.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', STREAM, '0');
  const entries = read?.[0]?.[1] ?? [];
  if (entries.length === 0) return;
  await copyHolds(
    pool,
    entries.map(([, fields]) => readEntry(fields[1] ?? '')),
  );
  await redis.xdel(STREAM, ...entries.map(([id]) => id));
}

void main();

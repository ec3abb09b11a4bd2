import type { Redis } from 'ioredis';
import { QueryTypes, type Sequelize } from 'sequelize';
import { pendingMigrations } from '../models/migrate';

export interface Health {
  ready: boolean;
  /** By part: `ok`, or what is wrong with it in a word. */
  parts: Record<string, string>;
}

export interface HealthParts {
  database: Sequelize;
  databaseUrl: string;
  redis: Redis;
}

const LIMIT_MS = 1500;

/** Whether this process can serve: database, Redis and migrations. Tells what is not fine, and nothing more. */
export async function checkHealth({ database, databaseUrl, redis }: HealthParts): Promise<Health> {
  const checks: Record<string, () => Promise<string>> = {
    database: async () => {
      await database.query('SELECT 1', { type: QueryTypes.SELECT });
      return 'ok';
    },
    redis: async () => {
      await redis.ping();
      return 'ok';
    },
    migrations: async () => ((await pendingMigrations(databaseUrl)).length === 0 ? 'ok' : 'pending'),
  };
  const parts = Object.fromEntries(
    await Promise.all(
      Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => [
        name,
        await within(check()),
      ]),
    ),
  );
  return { ready: Object.values(parts).every((state) => state === 'ok'), parts };
}

async function within(check: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('does not answer'), LIMIT_MS);
  });
  try {
    return await Promise.race([check, late]);
  } catch {
    return 'away'; // What exactly is wrong is for the log of whoever meets it, not for everybody.
  } finally {
    clearTimeout(timer);
  }
}

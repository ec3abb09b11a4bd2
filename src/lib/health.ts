import type { Sequelize } from 'sequelize';
import { within } from './deadline';
import { Problem } from './problems';
import { isReadOnly } from './session-settings';
import { redisAnswers, type RedisClient } from './redis';
import { TIMES } from './times';

export interface HealthParts {
  database: Sequelize;
  redis: RedisClient;
  /** The migrations that the database lacks. */
  pendingMigrations: () => Promise<string[]>;
}

/** By part: `ok`, or what is wrong with it in a word. */
export type PartStates = Record<string, string>;

/** @throws Problem UNAVAILABLE that names the parts that are not fine, and tells nothing more */
export type Readiness = () => Promise<{ status: 'ready'; parts: PartStates }>;

const KEPT_MS = 1000;

/**
 * Whether this process can serve: database, Redis and migrations. However many ask, there is one look at a time, and what
 * it found is kept for a second, good or bad: everybody may ask, and a flood of questions must not cost the others their
 * connections, least of all during an outage.
 */
export function createReadiness(parts: HealthParts): Readiness {
  const checks = Object.entries(checksOf(parts));

  async function look(): Promise<PartStates> {
    const states = checks.map(async ([name, check]) => [name, await stateOf(check)] as const);
    return Object.fromEntries(await Promise.all(states));
  }

  let found: Promise<PartStates> | null = null;
  return async () => {
    if (found === null) {
      found = look();
      const forget = (): void => void (found = null);
      void found.then(() => setTimeout(forget, KEPT_MS).unref());
    }
    const states = await found;
    if (Object.values(states).every((state) => state === 'ok')) return { status: 'ready', parts: states };
    throw new Problem('UNAVAILABLE', 'Not ready to serve: see parts.', {
      members: { parts: states },
      headers: { 'Retry-After': '1' },
    });
  };
}

function checksOf({
  database,
  redis,
  pendingMigrations,
}: HealthParts): Record<string, () => Promise<string>> {
  // Migrations only go forward: a database that had them all still has them, unless it is another one that came back.
  let complete = false;
  return {
    database: async () => {
      try {
        return (await isReadOnly(database)) ? 'read-only' : 'ok';
      } catch (error) {
        complete = false;
        throw error;
      }
    },
    redis: async () => {
      await redisAnswers(redis);
      return 'ok';
    },
    migrations: async () => {
      complete ||= (await pendingMigrations()).length === 0;
      return complete ? 'ok' : 'pending';
    },
  };
}

async function stateOf(check: () => Promise<string>): Promise<string> {
  try {
    return await within(TIMES.readinessLookMs, check(), () => 'does not answer');
  } catch {
    return 'away'; // What exactly is wrong is for the log of whoever meets it, not for everybody.
  }
}

import { LRUCache } from 'lru-cache';
import { within } from '../lib/deadline';
import type { Logger } from '../lib/logger';
import { remembered } from '../lib/remembered';
import type { PresaleRecords, ToldPresale } from './presale-records';

// Every poll of a room tells it, and it hardly ever changes.
const ASKED_EVERY_MS = 1000;
const MOST_ROOMS = 1000;
/** A poll waits no longer for Postgres: a later one has it. */
const ANSWER_WAIT_MS = 300;
const LOG_EVERY_MS = 10_000;

/**
 * What polls tell of the presale that runs. The rest of their answer comes from Redis: while Postgres is away they tell what was last
 * heard, or nothing, and at once.
 */
export function createToldPresales(
  records: PresaleRecords,
  logger?: Pick<Logger, 'warn'>,
): (concertId: string) => Promise<ToldPresale | null> {
  const heard = new LRUCache<string, { presale: ToldPresale | null }>({ max: MOST_ROOMS });
  const lastHeard = (concertId: string): ToldPresale | null => heard.get(concertId)?.presale ?? null;
  let loggedAtMs = -Infinity;

  // Remembers a failure as well: every poll of a room would ask again.
  const asked = remembered(
    async (concertId) => {
      try {
        heard.set(concertId, { presale: await records.running(concertId) });
      } catch (error) {
        if (performance.now() > loggedAtMs + LOG_EVERY_MS) {
          loggedAtMs = performance.now();
          logger?.warn({ err: error, concertId }, 'presales were not read: polls tell what was last heard');
        }
      }
      return lastHeard(concertId);
    },
    { forMs: ASKED_EVERY_MS, most: MOST_ROOMS },
  );
  return async (concertId) => within(ANSWER_WAIT_MS, asked(concertId), () => lastHeard(concertId));
}

// Lives in the web process.
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../lib/logger';
import type { CommandStore } from '../../models/command-store';
import type { EndedJob } from '../outcomes/ended-job';
import type { OutcomeCache } from '../outcomes/outcome-cache';
import { type Job, jobOf } from '../outcomes/outcomes';

export interface JobFinderParts {
  store: CommandStore;
  outcomeCache: OutcomeCache;
  logger: Logger;
}

// Outcomes that nobody was told yet: their pollers are on their way.
const REMEMBERED_OUTCOMES = 20_000;

/** Finds how far a job is: by what this process has heard, else what is kept in Redis, else the row. */
export class JobFinder {
  readonly #parts: JobFinderParts;
  readonly #heard = new LRUCache<string, EndedJob>({ max: REMEMBERED_OUTCOMES });

  constructor(parts: JobFinderParts) {
    this.#parts = parts;
  }

  /** For those who poll this process: another one finds it in Redis. */
  remember(ended: EndedJob): void {
    this.#heard.set(ended.id, ended);
  }

  /** @returns null when this user has no such job */
  async find(jobId: string, userId: string): Promise<Job | null> {
    const { outcomeCache, store, logger } = this.#parts;
    const heard = this.#heard.get(jobId);
    if (heard?.userId === userId) return heard;
    const kept = await outcomeCache.find(jobId, userId).catch((error: unknown) => {
      logger.warn({ err: error }, 'the outcome cache cannot be read');
      return null;
    });
    if (kept !== null) return kept;
    const stored = await store.find(jobId, userId);
    return stored === null ? null : jobOf(stored);
  }
}

// Lives in the web process.
import type { RedisClient } from '../../lib/redis';
import { LRUCache } from 'lru-cache';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { Problem } from '../../lib/problems';
import type { Subscriptions } from '../../lib/subscriptions';
import type { CommandStore, NewCommand, StoredCommand } from '../../models/command-store';
import { createLanes, type Recorded } from './batcher';
import { createOutcomeNotes } from '../outcomes/outcome-cache';
import { type Finished, finishedJob, type JobView, queuedJob, storedJob } from '../outcomes/outcomes';
import type { Queues } from '../queues/queues';
import { listenForReplies, type Reply } from '../outcomes/channel';

export type CommandRequest = Omit<NewCommand, 'id'>;

/** What became of handing in a command: it has ended, or is durably recorded, now or (replayed) by an earlier request. */
export interface Submission {
  job: JobView;
  replayed: boolean;
}

/** Where the API hands in commands and asks for their outcomes. */
export interface CommandGate {
  /**
   * Puts a command on its schedule's queue, together with whatever else is waiting. Resolves with its outcome, or once
   * it is durably recorded: from then on it will reach an end, whatever dies.
   * @param waitMs how long to wait for the outcome; 0 answers as soon as it is recorded
   * @throws Problem OVERLOADED (nothing was recorded), IDEMPOTENCY_KEY_REUSED
   */
  submit(request: CommandRequest, waitMs: number): Promise<Submission>;
  /**
   * What an earlier request with this key came to, waited for like a new one. null: the user has not used the key.
   * @throws Problem IDEMPOTENCY_KEY_REUSED
   */
  recall(
    userId: string,
    idempotency: { key: string; requestHash: string },
    waitMs: number,
  ): Promise<Submission | null>;
  /** The job's state; held back up to `waitMs` until it has ended. null: this user has no such job. */
  find(jobId: string, userId: string, waitMs: number): Promise<JobView | null>;
  /** Ends all waiting: those requests are answered with what is known now, so that the process can stop in time. */
  hurry(): void;
  /** Takes no more commands and stops listening. */
  close(): Promise<void>;
}

export interface GateParts {
  store: CommandStore;
  queues: Queues;
  redis: RedisClient;
  subscriptions: Subscriptions;
  metrics: Metrics;
  logger: Logger;
}

// A reply can be lost; a waiting request then finds the outcome by asking this often. Of a command that another process
// sent, nobody tells this one: it asks soon at first, and then less and less often.
const ASK_AGAIN_MS = 2000;
const FIRST_ASK_MS = 25;
// An outcome takes a tenth of that; without one, the command is recorded while its request goes on waiting.
const PROMPT_MS = 1500;

// Outcomes that were told to nobody yet, a kilobyte each: their pollers are on their way.
const REMEMBERED_OUTCOMES = 20_000;

export async function createCommandGate(parts: GateParts): Promise<CommandGate> {
  const processId = uuidv7();
  /** Who waits for the outcome of a job: any number of requests may. */
  const waiting = new Map<string, Set<(job: JobView) => void>>();
  /** Ends each wait under way. */
  const naps = new Set<() => void>();
  /** Outcomes that this process heard of, for those who poll it: another process finds them in Redis. */
  const heard = new LRUCache<string, Finished>({ max: REMEMBERED_OUTCOMES });
  let hurried = false;
  const lanes = createLanes({ ...parts, processId });
  const notes = createOutcomeNotes(parts.redis);

  const stopListening = await listenForReplies(
    parts.subscriptions,
    processId,
    parts.logger,
    (reply: Reply) => {
      lanes.finished(reply.scheduleId, reply.batchId);
      for (const finished of reply.finished) {
        const listeners = waiting.get(finished.id);
        if (listeners === undefined) heard.set(finished.id, finished);
        else for (const tell of listeners) tell(finishedJob(finished));
      }
    },
  );

  async function find(jobId: string, userId: string): Promise<JobView | null> {
    const finished = heard.get(jobId);
    if (finished?.userId === userId) return finishedJob(finished);
    const noted = await notes.find(jobId, userId).catch((error: unknown) => {
      parts.logger.warn({ err: error }, 'outcome notes cannot be read');
      return null;
    });
    if (noted !== null) return finishedJob(noted);
    const stored = await parts.store.find(jobId, userId);
    return stored === null ? null : storedJob(stored);
  }

  /** Waits to be told, and asks now and then in case nobody tells. null: this user has no such job. */
  async function wait(
    told: Promise<JobView>,
    jobId: string,
    userId: string,
    waitMs: number,
    firstAskMs: number,
  ): Promise<JobView | null> {
    const deadline = Date.now() + waitMs;
    for (let pauseMs = firstAskMs; ; pauseMs = Math.min(2 * pauseMs, ASK_AGAIN_MS)) {
      const left = hurried ? 0 : deadline - Date.now();
      const job =
        (left <= 0 ? null : await within(Math.min(left, pauseMs), told)) ?? (await find(jobId, userId));
      if (left <= 0 || job === null || job.status !== 'queued') return job;
    }
  }

  /** @returns null when it did not come in that time, or when there is no more time */
  async function within(milliseconds: number, told: Promise<JobView>): Promise<JobView | null> {
    let giveUp = (): void => undefined;
    const nothing = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
    });
    const timer = setTimeout(giveUp, milliseconds);
    naps.add(giveUp);
    try {
      return await Promise.race([told, nothing]);
    } finally {
      clearTimeout(timer);
      naps.delete(giveUp);
    }
  }

  /** Registers for the outcome before the command is on its way, so that it cannot be told too early. */
  async function telling<T>(jobId: string, work: (told: Promise<JobView>) => Promise<T>): Promise<T> {
    const listeners = waiting.get(jobId) ?? new Set();
    waiting.set(jobId, listeners);
    let tell = (_job: JobView): void => undefined;
    const told = new Promise<JobView>((resolve) => {
      tell = resolve;
    });
    listeners.add(tell);
    try {
      return await work(told);
    } finally {
      listeners.delete(tell);
      if (listeners.size === 0) waiting.delete(jobId);
    }
  }

  async function findWithin(jobId: string, userId: string, waitMs: number): Promise<JobView | null> {
    const job = await find(jobId, userId);
    if (waitMs === 0 || job === null || job.status !== 'queued') return job;
    return telling(jobId, async (told) => wait(told, jobId, userId, waitMs, FIRST_ASK_MS));
  }

  return {
    submit: async (request, waitMs) => {
      const command = { ...request, id: uuidv7() };
      // Whoever waits is promised nothing yet, so the command and its outcome can be one row, written once. With a key
      // the row comes first: it is what finds a repetition.
      const recordFirst = waitMs === 0 || command.idempotencyKey !== null;
      if (waitMs === 0) return submission(await lanes.put(command, recordFirst), command);
      return telling(command.id, async (told) => {
        const first = submission(await lanes.put(command, recordFirst), command);
        if (first.job.status !== 'queued') return first;
        if (first.replayed) {
          const job = await findWithin(first.job.id, command.userId, waitMs);
          return { ...first, job: job ?? first.job };
        }
        const prompt = await within(Math.min(waitMs, PROMPT_MS), told);
        if (prompt !== null) return { ...first, job: prompt };
        // Its job may be lost, or nobody serve its queue: recorded, it will be found.
        if (!recordFirst) await parts.store.record([command]);
        const job = await wait(told, command.id, command.userId, waitMs - PROMPT_MS, ASK_AGAIN_MS);
        return { ...first, job: job ?? first.job };
      });
    },
    recall: async (userId, { key, requestHash }, waitMs) => {
      const earlier = await parts.store.findByKey(userId, key);
      if (earlier === null) return null;
      const first = replay(earlier, requestHash);
      return { ...first, job: (await findWithin(first.job.id, userId, waitMs)) ?? first.job };
    },
    find: findWithin,
    hurry: () => {
      hurried = true;
      for (const giveUp of naps) giveUp();
    },
    close: async () => {
      lanes.close();
      await stopListening();
    },
  };
}

/** @throws Problem IDEMPOTENCY_KEY_REUSED when the earlier command of this key was another request */
function submission(earlier: Recorded, command: NewCommand): Submission {
  if (earlier === null) return { job: queuedJob(command.id, command.kind), replayed: false };
  return replay(earlier, command.requestHash);
}

function replay(earlier: StoredCommand, requestHash: string | null): Submission {
  const job = earlier.requestHash === requestHash ? storedJob(earlier) : null;
  if (job === null) {
    throw new Problem(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used for another request. Use a new one.',
    );
  }
  return { job, replayed: true };
}

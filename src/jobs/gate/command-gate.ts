// Lives in the web process.
import type { RedisClient } from '../../lib/redis';
import { uuidv7 } from 'uuidv7';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { Problem } from '../../lib/problems';
import type { Subscriptions } from '../../lib/subscriptions';
import type { CommandStore, NewCommand, StoredCommand } from '../../models/command-store';
import type { Idempotency } from '../../models/point-store';
import { listenForOutcomes } from '../outcomes/channel';
import { createOutcomeCache } from '../outcomes/outcome-cache';
import { type Job, jobOf } from '../outcomes/outcomes';
import type { Queues } from '../queues/queues';
import { Batcher } from './batcher';
import { JobFinder } from './job-finder';
import { OutcomeWaits } from './outcome-waits';
import { TIMES } from '../../lib/times';

/** What became of handing in a command: it has ended, or is durably recorded, now or (replayed) by an earlier request. */
export interface Submission {
  job: Job;
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
  submit(asked: NewCommand, waitMs: number): Promise<Submission>;
  /**
   * What an earlier request with this key came to, waited for like a new one. null: the user has not used the key.
   * @throws Problem IDEMPOTENCY_KEY_REUSED
   */
  recall(userId: string, idempotency: Idempotency, waitMs: number): Promise<Submission | null>;
  /** The job's state; held back up to `waitMs` until it has ended. null: this user has no such job. */
  find(jobId: string, userId: string, waitMs: number): Promise<Job | null>;
  /** Ends all waiting: those requests are answered with what is known now, so that the process can stop in time. */
  endWaits(): void;
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

// Of a command that another process sent, nobody tells this one: it asks soon at first, and then less and less often.
const FIRST_PAUSE_MS = 25;

export async function createCommandGate(parts: GateParts): Promise<CommandGate> {
  const processId = uuidv7();
  const batcher = new Batcher({ ...parts, processId });
  const jobs = new JobFinder({ ...parts, outcomeCache: createOutcomeCache(parts.redis) });
  const waits = new OutcomeWaits(async (jobId, userId) => jobs.find(jobId, userId));
  const gate = { batcher, jobs, waits, store: parts.store };
  const stopListening = await listenForOutcomes(
    parts.subscriptions,
    processId,
    parts.logger,
    ({ scheduleId, batchId, finished }) => {
      batcher.batchEnded(scheduleId, batchId);
      for (const ended of finished) if (!waits.tell(ended)) jobs.remember(ended);
    },
  );
  return {
    submit: async (asked, waitMs) => submit(gate, asked, waitMs),
    recall: async (userId, { key, requestHash }, waitMs) => {
      const earlier = await parts.store.findByKey(userId, key);
      return earlier === null ? null : awaited(gate, replay(earlier, requestHash), userId, waitMs);
    },
    find: async (jobId, userId, waitMs) => find(gate, jobId, userId, waitMs),
    endWaits: () => waits.endAll(),
    close: async () => {
      batcher.close();
      await stopListening();
    },
  };
}

interface OpenGate {
  batcher: Batcher;
  jobs: JobFinder;
  waits: OutcomeWaits;
  store: CommandStore;
}

async function submit(gate: OpenGate, asked: NewCommand, waitMs: number): Promise<Submission> {
  const { batcher, waits, store } = gate;
  const { id, userId } = asked.command;
  if (waitMs === 0) return submission(await batcher.put(asked, true), asked);
  // Whoever waits is promised nothing yet, so the command and its outcome can be one row, written once. With a key
  // the row comes first: it is what finds a repetition.
  const recordFirst = asked.idempotency !== null;
  return waits.listening(id, async (listener) => {
    const first = submission(await batcher.put(asked, recordFirst), asked);
    if (first.replayed) return awaited(gate, first, userId, waitMs);
    const prompt = await listener.toldWithin(Math.min(waitMs, TIMES.promptMs));
    if (prompt !== null) return { ...first, job: prompt };
    // Its job may be lost, or nobody serve its queue: recorded, it will be found.
    if (!recordFirst) await store.record([asked]);
    const rest = { id, userId, waitMs: waitMs - TIMES.promptMs, firstPauseMs: TIMES.askAgainMs };
    return { ...first, job: (await waits.wait(listener, rest)) ?? first.job };
  });
}

/** A replayed submission whose job may still be queued. */
async function awaited(
  gate: OpenGate,
  first: Submission,
  userId: string,
  waitMs: number,
): Promise<Submission> {
  if (first.job.status !== 'queued') return first;
  return { ...first, job: (await find(gate, first.job.id, userId, waitMs)) ?? first.job };
}

async function find(
  { jobs, waits }: OpenGate,
  id: string,
  userId: string,
  waitMs: number,
): Promise<Job | null> {
  const job = await jobs.find(id, userId);
  if (waitMs === 0 || job === null || job.status !== 'queued') return job;
  const awaitedJob = { id, userId, waitMs, firstPauseMs: FIRST_PAUSE_MS };
  return waits.listening(id, async (listener) => waits.wait(listener, awaitedJob));
}

/** @throws Problem IDEMPOTENCY_KEY_REUSED when the earlier command of this key was another request */
function submission(earlier: StoredCommand | null, { command, idempotency }: NewCommand): Submission {
  if (earlier !== null) return replay(earlier, idempotency?.requestHash ?? null);
  return { job: { id: command.id, kind: command.kind, status: 'queued' }, replayed: false };
}

function replay(earlier: StoredCommand, requestHash: string | null): Submission {
  const job = earlier.requestHash === requestHash ? jobOf(earlier) : null;
  if (job === null) {
    throw new Problem(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used for another request. Use a new one.',
    );
  }
  return { job, replayed: true };
}

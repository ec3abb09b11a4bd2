import { hostname } from 'node:os';
import type { Logger } from '../lib/logger';
import { repeat } from '../lib/repeat';
import { TIMES } from '../lib/times';
import type { CommandTally } from './command-tally';
import type { DeskNotes } from './notes';

export interface NotingParts {
  notes: Pick<DeskNotes, 'note' | 'leave'>;
  tally: Pick<CommandTally, 'take' | 'putBack'>;
  logger: Logger;
}

/** A worker process: who it is among the workers, and the schedules that it has open. */
export interface ServingWorker {
  readonly workerId: string;
  readonly serving: readonly string[];
}

// A worker may serve thousands: the desk tells how many, and names some.
const MOST_NAMED = 100;

/**
 * Tells the desk, once a second, what this process has counted since: one write, however many commands, and none where a web process
 * has nothing to tell. A worker says along with it what it serves, and that it is alive.
 * @returns stops it: a worker that ends in good order is not to be missed
 */
export function startNoting(
  { notes, tally, logger }: NotingParts,
  worker: ServingWorker | null,
): () => Promise<void> {
  const startedAt = new Date().toISOString();
  const fault = (error: unknown): void =>
    logger.debug({ err: error }, 'the desk was told nothing: will try again');

  const factsOf = ({ serving }: ServingWorker) => ({
    host: hostname(),
    pid: process.pid,
    startedAt,
    scheduleIds: serving.slice(0, MOST_NAMED),
    served: serving.length,
  });

  async function note(): Promise<void> {
    const counts = tally.take();
    try {
      await notes.note(counts, worker === null ? undefined : { id: worker.workerId, facts: factsOf(worker) });
    } catch (error) {
      tally.putBack(counts);
      throw error;
    }
  }

  const stop = repeat(TIMES.deskNoteEveryMs, note, fault);
  return async () => {
    await stop();
    if (worker !== null) await notes.leave(worker.workerId).catch(fault);
  };
}

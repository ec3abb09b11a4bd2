// Lives in the worker process.
import { hostname } from 'node:os';
import type { CommandTally } from '../desk/command-tally';
import type { DeskNotes } from '../desk/notes';
import type { Logger } from '../lib/logger';
import { repeat } from '../lib/repeat';
import { TIMES } from '../lib/times';

export interface DeskNotesParts {
  notes: Pick<DeskNotes, 'note' | 'leave'>;
  tally: Pick<CommandTally, 'take' | 'putBack'>;
  logger: Logger;
}

/** Who notes. */
export interface Serving {
  workerId: string;
  serving: string[];
}

// A worker may serve thousands: the desk tells how many, and names some.
const MOST_NAMED = 100;

/**
 * Tells the desk, once a second, what this worker has decided since, what it serves, and that it is alive.
 * @returns stops it: a worker that ends in good order is not to be missed
 */
export function noteForDesk({ notes, tally, logger }: DeskNotesParts, worker: Serving): () => Promise<void> {
  const startedAt = new Date().toISOString();
  const fault = (error: unknown): void =>
    logger.debug({ err: error }, 'the desk was told nothing: will try again');

  async function note(): Promise<void> {
    const { workerId: id, serving } = worker;
    const scheduleIds = serving.slice(0, MOST_NAMED);
    const facts = { host: hostname(), pid: process.pid, startedAt, scheduleIds, served: serving.length };
    const counts = tally.take();
    try {
      await notes.note(counts, { id, facts });
    } catch (error) {
      tally.putBack(counts);
      throw error;
    }
  }

  const stop = repeat(TIMES.deskNoteEveryMs, note, fault);
  return async () => {
    await stop();
    await notes.leave(worker.workerId).catch(fault);
  };
}

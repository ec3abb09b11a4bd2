// Lives in the web process.
import type { EndedCommand } from '../../models/command-store';
import type { Job } from '../outcomes/outcomes';
import { TIMES } from '../../lib/times';

export interface AwaitedJob {
  id: string;
  userId: string;
  /** How long to wait in all. */
  waitMs: number;
  /** How long to listen before it asks for the first time. */
  firstPauseMs: number;
}

/**
 * Requests that wait for outcomes, any number of them for one job. Each is in one of these modes:
 *
 * - LISTENING: it is told when the command has ended, and has its answer then. It registers before the command is on its way,
 *   so that it cannot be told too early. When its pause is over: to ASKING.
 * - ASKING: it looks for the outcome itself, as nobody may ever tell it: the message can be lost, and of a command that
 *   another process sent nobody tells this one. When there is an outcome, or no time left, it has its answer; else back to
 *   LISTENING, for twice as long as before, up to a bound.
 *
 * `endAll` sends all of them, and all that come later, to ASKING a last time.
 */
export class OutcomeWaits {
  readonly #find: (jobId: string, userId: string) => Promise<Job | null>;
  readonly #listeners = new Map<string, Set<(ended: EndedCommand) => void>>();
  /** Ends each pause under way. */
  readonly #pauses = new Set<() => void>();
  #isEnded = false;

  /** @param find how far a job is; null: this user has no such job */
  constructor(find: (jobId: string, userId: string) => Promise<Job | null>) {
    this.#find = find;
  }

  /** @returns whether anybody has waited for it */
  tell(ended: EndedCommand): boolean {
    const listeners = this.#listeners.get(ended.id);
    if (listeners === undefined) return false;
    for (const tell of listeners) tell(ended);
    return true;
  }

  /** LISTENING as long as `work` goes on. */
  async listening<T>(jobId: string, work: (told: Promise<EndedCommand>) => Promise<T>): Promise<T> {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    this.#listeners.set(jobId, listeners);
    let tell = (_ended: EndedCommand): void => undefined;
    const told = new Promise<EndedCommand>((resolve) => {
      tell = resolve;
    });
    listeners.add(tell);
    try {
      return await work(told);
    } finally {
      listeners.delete(tell);
      if (listeners.size === 0) this.#listeners.delete(jobId);
    }
  }

  /**
   * LISTENING and ASKING in turn.
   * @returns the job's state at the end; null when this user has no such job
   */
  async wait(told: Promise<EndedCommand>, job: AwaitedJob): Promise<Job | null> {
    const deadlineMs = Date.now() + job.waitMs;
    for (let pauseMs = job.firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, TIMES.askAgainMs)) {
      const leftMs = deadlineMs - Date.now();
      const heard = leftMs <= 0 ? null : await this.toldWithin(Math.min(leftMs, pauseMs), told);
      const state = heard ?? (await this.#find(job.id, job.userId));
      const isLast = this.#isEnded || leftMs <= 0;
      if (isLast || state === null || state.status !== 'queued') return state;
    }
  }

  /** @returns null when it was not told in that time, or when there is no more time */
  async toldWithin(milliseconds: number, told: Promise<EndedCommand>): Promise<EndedCommand | null> {
    if (this.#isEnded) return null;
    let giveUp = (): void => undefined;
    const nothing = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
    });
    const timer = setTimeout(giveUp, milliseconds);
    this.#pauses.add(giveUp);
    try {
      return await Promise.race([told, nothing]);
    } finally {
      clearTimeout(timer);
      this.#pauses.delete(giveUp);
    }
  }

  /** Lets everybody go with what is known now. */
  endAll(): void {
    this.#isEnded = true;
    for (const giveUp of this.#pauses) giveUp();
  }
}

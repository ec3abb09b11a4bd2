// Lives in the web process.
import type { EndedJob } from '../outcomes/ended-job';
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
  readonly #listeners = new Map<string, Listener[]>();
  #isEnded = false;

  /** @param find how far a job is; null: this user has no such job */
  constructor(find: (jobId: string, userId: string) => Promise<Job | null>) {
    this.#find = find;
  }

  /** @returns whether anybody has waited for it */
  tell(ended: EndedJob): boolean {
    const listeners = this.#listeners.get(ended.id);
    if (listeners === undefined) return false;
    for (const listener of listeners) listener.tell(ended);
    return true;
  }

  /** LISTENING as long as `work` goes on. */
  async listening<T>(jobId: string, work: (listener: Listener) => Promise<T>): Promise<T> {
    const listener = new Listener();
    const beside = this.#listeners.get(jobId);
    if (beside === undefined) this.#listeners.set(jobId, [listener]);
    else beside.push(listener);
    if (this.#isEnded) listener.letGo();
    try {
      return await work(listener);
    } finally {
      const others = (this.#listeners.get(jobId) ?? []).filter((each) => each !== listener);
      if (others.length === 0) this.#listeners.delete(jobId);
      else this.#listeners.set(jobId, others);
    }
  }

  /**
   * LISTENING and ASKING in turn.
   * @returns the job's state at the end; null when this user has no such job
   */
  async wait(listener: Listener, job: AwaitedJob): Promise<Job | null> {
    const deadlineMs = Date.now() + job.waitMs;
    for (let pauseMs = job.firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, TIMES.askAgainMs)) {
      const leftMs = deadlineMs - Date.now();
      const heard = leftMs <= 0 ? null : await listener.toldWithin(Math.min(leftMs, pauseMs));
      const state = heard ?? (await this.#find(job.id, job.userId));
      const isLast = this.#isEnded || leftMs <= 0;
      if (isLast || state === null || state.status !== 'queued') return state;
    }
  }

  /** Lets everybody go with what is known now. */
  endAll(): void {
    this.#isEnded = true;
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener.letGo();
  }
}

/** One request that waits for one job. (A race of promises for each pause would cost several times as much.) */
export class Listener {
  #told: EndedJob | null = null;
  #isLetGo = false;
  /** Ends the pause under way. */
  #goOn = (): void => undefined;

  tell(ended: EndedJob): void {
    this.#told = ended;
    this.#goOn();
  }

  /** No pause lasts any longer. */
  letGo(): void {
    this.#isLetGo = true;
    this.#goOn();
  }

  /** @returns null when it was not told in that time, or when there is no more time */
  async toldWithin(milliseconds: number): Promise<EndedJob | null> {
    if (this.#told === null && !this.#isLetGo) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#goOn = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#told;
  }
}

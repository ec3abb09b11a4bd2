// Lives in the worker process.

/**
 * Lets a bounded number of schedules be awake at a time; the others wait, in the order in which they were rung. Thousands that
 * are rung at once would all fetch a job, and lose its lock before its turn for the database comes.
 */
export class Turns {
  readonly #most: number;
  readonly #wake: (scheduleId: string) => boolean;
  readonly #awake = new Set<string>();
  readonly #waiting = new Set<string>();

  /** @param wake makes a schedule look for work; false: it is not to be served here (any more) */
  constructor(most: number, wake: (scheduleId: string) => boolean) {
    this.#most = most;
    this.#wake = wake;
  }

  /** It was rung: wakes it now (again, if it is awake), or when another has gone to sleep. */
  ask(scheduleId: string): void {
    if (!this.#awake.has(scheduleId) && this.#awake.size >= this.#most) {
      this.#waiting.add(scheduleId);
      return;
    }
    this.#waiting.delete(scheduleId);
    if (this.#wake(scheduleId)) this.#awake.add(scheduleId);
  }

  isWaiting(scheduleId: string): boolean {
    return this.#waiting.has(scheduleId);
  }

  /** It found nothing more to do, or was closed. */
  ended(scheduleId: string): void {
    this.#awake.delete(scheduleId);
    for (const next of this.#waiting) {
      if (this.#awake.size >= this.#most) return;
      this.ask(next);
    }
  }
}

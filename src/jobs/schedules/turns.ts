// Lives in the worker process.

/**
 * Lets a bounded number of schedules be awake at a time; the others wait, in the order in which they were rung. Thousands that
 * are rung at once would all fetch a job, and lose its lock before its turn for the database comes.
 */
export class Turns {
  readonly #most: number;
  readonly #turnMs: number;
  readonly #wake: (scheduleId: string) => boolean;
  /** Since when. */
  readonly #awake = new Map<string, number>();
  readonly #waiting = new Set<string>();

  /**
   * @param turnMs how long one may stay awake while others wait
   * @param wake makes a schedule look for work; false: it is not to be served here (any more)
   */
  constructor(most: number, turnMs: number, wake: (scheduleId: string) => boolean) {
    this.#most = most;
    this.#turnMs = turnMs;
    this.#wake = wake;
  }

  /** It was rung: wakes it now (again, if it is awake), or when another has gone to sleep. */
  ask(scheduleId: string): void {
    if (!this.#awake.has(scheduleId) && this.#awake.size >= this.#most) {
      this.#waiting.add(scheduleId);
      return;
    }
    this.#waiting.delete(scheduleId);
    if (!this.#wake(scheduleId)) return;
    if (!this.#awake.has(scheduleId)) this.#awake.set(scheduleId, performance.now());
  }

  get waiting(): Iterable<string> {
    return this.#waiting;
  }

  isWaiting(scheduleId: string): boolean {
    return this.#waiting.has(scheduleId);
  }

  /** Whether others wait, and it has been awake for long enough. */
  isOver(scheduleId: string): boolean {
    if (this.#waiting.size === 0) return false;
    return performance.now() - (this.#awake.get(scheduleId) ?? -Infinity) >= this.#turnMs;
  }

  /** It found nothing more to do, was closed, or yields. */
  ended(scheduleId: string): void {
    this.#awake.delete(scheduleId);
    for (const next of this.#waiting) {
      if (this.#awake.size >= this.#most) return;
      this.ask(next);
    }
  }
}

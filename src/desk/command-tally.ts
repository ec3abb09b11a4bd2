/** Where a command came to its end: decided by a worker, or refused by a web process before any queue. */
export type Decider = 'queue' | 'door';

/** The web process knows a command's concert too late to count by it. */
export const ANY_CONCERT = '0';

// One process meets a few dozens. More would be many concerts at once: those beyond are counted without theirs.
const MOST_FIELDS = 500;

/** Counts in this process what commands come to, until somebody takes the counts along. Costs a command next to nothing. */
export class CommandTally {
  #counts = new Map<string, number>();

  /** @param outcome `completed`, `failed`, or the code of the refusal */
  add(concertId: string, decider: Decider, kind: string, outcome: string, times = 1): void {
    const field = `${concertId} ${decider} ${kind} ${outcome}`;
    const isKnown = this.#counts.has(field) || this.#counts.size < MOST_FIELDS;
    this.#raise(isKnown ? field : `${ANY_CONCERT} ${decider} ${kind} other`, times);
  }

  /** What was counted since it was last taken. */
  take(): ReadonlyMap<string, number> {
    const taken = this.#counts;
    this.#counts = new Map();
    return taken;
  }

  /** What could not be handed over counts next time. */
  putBack(taken: ReadonlyMap<string, number>): void {
    for (const [field, times] of taken) this.#raise(field, times);
  }

  #raise(field: string, times: number): void {
    this.#counts.set(field, (this.#counts.get(field) ?? 0) + times);
  }
}

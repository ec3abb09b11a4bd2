import { percentile, steady, steadyRate } from '../figures';
import type { VolleyResult } from './plan';

const SHOWN_OF_AN_ERROR = 160;

/** Sorts answers into what counts and what does not. */
export class Tally {
  /** In milliseconds, in the order of the answers. */
  readonly latencies: number[] = [];
  readonly #startedAt = performance.now();
  readonly #times: number[] = [];
  readonly #counts = new Map<string, number>();
  readonly #errors = new Map<string, number>();

  /** An answer that counts, by name. */
  accept(name: string, milliseconds?: number): void {
    this.#times.push(performance.now());
    this.count(name);
    if (milliseconds !== undefined) this.latencies.push(milliseconds);
  }

  count(name: string, times = 1): void {
    add(this.#counts, name, times);
  }

  refuse(status: number, body: string, times = 1): void {
    add(this.#errors, `${status} ${body.slice(0, SHOWN_OF_AN_ERROR)}`, times);
  }

  get errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  result(cpuMs: number): VolleyResult {
    return {
      perSecond: steadyRate(this.#times),
      p50: percentile(steady(this.latencies), 0.5),
      p99: percentile(steady(this.latencies), 0.99),
      p99OfAll: percentile(this.latencies, 0.99),
      counts: this.counts,
      errors: this.errors,
      elapsedMs: (this.#times.at(-1) ?? this.#startedAt) - this.#startedAt,
      cpuMs,
    };
  }
}

function add(counts: Map<string, number>, key: string, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}

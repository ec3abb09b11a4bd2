import type { Bench } from './bench';

/** What one scenario (or one size of it) came to. Names and units are for reading; rates are per second. */
export interface Outcome {
  name: string;
  unit: string;
  ours: number;
  baselines: Record<string, number>;
  /** Ours over theirs, round by round, the middle one. */
  ratios: Record<string, number>;
  p50?: number;
  p99?: number;
  /** Answers of ours that were errors or refusals, over all rounds. */
  errors: number;
  /** Further figures by name, such as processor time per answer by process. */
  more: Record<string, number>;
}

export interface Scenario {
  name: string;
  /** One line for whoever watches. */
  about: string;
  run(bench: Bench): Promise<Outcome>;
}

import type { Bench } from './bench';
import type { Outcome } from './outcome';

export interface Scenario {
  name: string;
  /** One line for whoever watches. */
  about: string;
  run(bench: Bench): Promise<Outcome[]>;
}

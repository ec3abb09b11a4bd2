import type { Bench } from './bench';
import type { Outcome } from './outcome';

export interface Scenario {
  name: string;
  /** One line for whoever watches. */
  about: string;
  /** What is measured is the code of the bench's own checkout: no other build can take its place. */
  isOwnCode?: true;
  run(bench: Bench): Promise<Outcome[]>;
}

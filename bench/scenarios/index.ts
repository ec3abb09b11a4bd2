import type { Scenario } from '../scenario';
import { HOLDS } from './holds';

/** In the order in which they run. */
export const SCENARIOS: Scenario[] = [...HOLDS];

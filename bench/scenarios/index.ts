import type { Scenario } from '../scenario';
import { contended } from './contended';
import { HOLDS } from './holds';
import { idle } from './idle';
import { pays } from './pays';
import { SPREADS, workers } from './spread';

/** In the order in which they run. */
export const SCENARIOS: Scenario[] = [...HOLDS, contended, pays, ...SPREADS, idle, workers];

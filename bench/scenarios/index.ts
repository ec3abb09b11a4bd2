import type { Scenario } from '../scenario';
import { bestAvailable } from './best-available';
import { cluster } from './cluster';
import { cold } from './cold';
import { contended } from './contended';
import { desk } from './desk';
import { draw } from './draw';
import { failOver } from './fail-over';
import { HOLDS } from './holds';
import { idle } from './idle';
import { manyDates } from './many-dates';
import { onSale } from './on-sale';
import { pays } from './pays';
import { polling } from './polling';
import { redisAloneLoss } from './redis-alone-loss';
import { room } from './room';
import { seatMap } from './seat-map';
import { SPREADS, workers } from './spread';
import { tick } from './tick';

/** In the order in which they run. */
export const SCENARIOS: Scenario[] = [
  ...HOLDS,
  cold,
  contended,
  pays,
  bestAvailable,
  polling,
  ...SPREADS,
  idle,
  room,
  tick,
  draw,
  seatMap,
  desk,
  onSale,
  workers,
  manyDates,
  failOver,
  cluster,
  redisAloneLoss,
];

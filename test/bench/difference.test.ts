import { describe, expect, test } from '@jest/globals';
import { differenceOf, LEAST_PAIRS, MOST_PAIRS } from '../../bench/pairs/difference';

const TRIALS = 4000;

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Noise = (random: () => number) => number;
const normal: Noise = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** One run in ten is far off: somebody else used the machine. */
const withOutliers: Noise = (random) => normal(random) * (random() < 0.1 ? 5 : 1);

/** In how many of many comparisons a difference is told, when there is `times` between the builds. */
function told(pairs: number, times: number, scatter: number, noise: Noise): number {
  const random = seeded(pairs * 1000 + 1);
  const runs = (level: number) =>
    Array.from({ length: pairs }, () => level * Math.exp(scatter * noise(random)));
  let found = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    if (differenceOf(runs(100 * times), runs(100))?.differs === true) found += 1;
  }
  return found / TRIALS;
}

describe('whether two builds differ', () => {
  test.each([LEAST_PAIRS, 4, 8, MOST_PAIRS])('%d pairs of one build seldom tell a difference', (pairs) => {
    expect(told(pairs, 1, 0.05, normal)).toBeLessThan(0.06);
    expect(told(pairs, 1, 0.05, withOutliers)).toBeLessThan(0.06);
  });

  test('four pairs find a difference of three times the scatter of a run, and more pairs smaller ones', () => {
    expect(told(4, Math.exp(0.15), 0.05, normal)).toBeGreaterThan(0.75);
    expect(told(4, 1.02, 0.05, normal)).toBeLessThan(0.2);
    expect(told(8, 1.1, 0.05, normal)).toBeGreaterThan(0.75);
  });

  test('pairs on one side that lie far apart are a no', () => {
    expect(differenceOf([101, 103, 160, 102], [100, 100, 100, 100])?.differs).toBe(false);
  });

  test('drift of the machine falls out of the pairs', () => {
    expect(differenceOf([110, 220, 55, 440], [100, 200, 50, 401])?.differs).toBe(true);
  });

  test('tells the middle ratio and its spread, the same from either side', () => {
    const there = differenceOf([130, 110, 120, 120], [100, 100, 100, 100]);
    const back = differenceOf([100, 100, 100, 100], [130, 110, 120, 120]);
    expect(there).toMatchObject({ ratio: 1.2, lowest: 1.1, highest: 1.3 });
    expect(back?.ratio).toBeCloseTo(1 / 1.2);
    expect(back?.noise).toBeCloseTo(there?.noise ?? 0);
  });

  test.each([
    ['too few pairs', [1, 2, 3], [1, 2, 3]],
    [
      'too many',
      Array.from({ length: MOST_PAIRS + 1 }, () => 2),
      Array.from({ length: MOST_PAIRS + 1 }, () => 1),
    ],
    ['nought', [1, 0, 1, 1], [1, 1, 1, 1]],
    ['over nought', [1, 1, 1, 1], [1, 0, 1, 1]],
    ['a missing run', [1, 2, 3, 4], [1, 2, 3]],
    ['no figure', [1, Number.NaN, 1, 1], [1, 1, 1, 1]],
  ])('says nothing of %s', (_what, first, second) => {
    expect(differenceOf(first, second)).toBeNull();
  });

  test('equal figures do not differ', () => {
    expect(differenceOf([5, 5, 5, 5], [5, 5, 5, 5])).toMatchObject({ ratio: 1, noise: 0, differs: false });
  });
});

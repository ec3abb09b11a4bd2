import { describe, expect, test } from '@jest/globals';
import { isNoisy, median, spread } from '../../bench/figures';

describe('rounds of one figure', () => {
  test('are noisy when they lie further apart than a fifth of the middle one', () => {
    expect(isNoisy([90, 100, 110])).toBe(false);
    expect(isNoisy([90, 100, 110.1])).toBe(true);
    expect(isNoisy([110.1, 90, 100])).toBe(true);
  });

  test('one alone, or none, says nothing about noise', () => {
    expect(isNoisy([100])).toBe(false);
    expect(isNoisy([])).toBe(false);
    expect(spread([100])).toBe(0);
  });

  test('have a middle one whatever their order, the mean of two of an even number', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

import { median } from '../figures';

/** How one figure of two builds compares, over pairs of runs that followed each other. */
export interface Difference {
  /** The first build's over the second's: the middle one of the pairs, and the two furthest from it. */
  ratio: number;
  lowest: number;
  highest: number;
  /** As a share: the true ratio lies further from the measured one than this in one of twenty comparisons. */
  noise: number;
  /** Whether chance alone is no likely reason. */
  differs: boolean;
}

export const LEAST_PAIRS = 4;
export const MOST_PAIRS = 20;

// Student's t, two-sided, one in twenty, by degrees of freedom from LEAST_PAIRS - 1 to MOST_PAIRS - 1.
const CRITICAL = [
  3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101,
  2.093,
];

/**
 * A paired t-test of the ratios' logarithms: they differ when the mean lies further from "the same" than chance alone
 * would put it in one of twenty comparisons, as these pairs scatter. (That all pairs lie on one side of 1 would happen
 * by chance with one figure of eight when there are four pairs, and with too few true differences when there are many.)
 * @returns null when there are too few pairs, or a figure was nought
 */
export function differenceOf(first: readonly number[], second: readonly number[]): Difference | null {
  const ratios = first.map((value, pair) => value / (second[pair] ?? Number.NaN));
  const critical = CRITICAL[ratios.length - LEAST_PAIRS];
  if (critical === undefined || ratios.some((ratio) => !(ratio > 0 && Number.isFinite(ratio)))) return null;
  const logarithms = ratios.map(Math.log);
  const mean = sum(logarithms) / ratios.length;
  const variance = sum(logarithms.map((value) => (value - mean) ** 2)) / (ratios.length - 1);
  const reach = critical * Math.sqrt(variance / ratios.length);
  return {
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    noise: Math.expm1(reach),
    differs: Math.abs(mean) > reach,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

import { printColumns } from '../columns';
import { median, rounded } from '../figures';
import type { Comparison } from './alternate';

/** A line per figure: both builds, how they compare, and whether that is more than noise. */
export function printComparisons(comparisons: readonly Comparison[], other: string, pairs: number): void {
  const head = ['scenario', 'figure', 'this checkout', other, 'this ÷ that', 'pairs', 'beyond the noise?'];
  printColumns([head, ...comparisons.map((comparison, at) => rowOf(comparison, comparisons[at - 1]))]);
  console.log(`
Beyond the noise: the mean of ${pairs} pairs lies further from 1 than chance alone would put it in one of twenty comparisons (a
paired t-test of the ratios' logarithms). "± 8 %" is what a difference had to exceed here, as these pairs scatter: so few
find large differences only, and no is no proof that there is none; more of them (--pairs-count) find smaller ones. Of
twenty figures that are the same one is told to differ, and those of a scenario often err together: believe processor time
before rates, and what a second run tells again.`);
}

function rowOf(comparison: Comparison, before: Comparison | undefined): string[] {
  const { scenario, figure, ours, theirs, difference } = comparison;
  return [
    scenario === before?.scenario ? '' : scenario,
    figure,
    shown(median(ours)),
    shown(median(theirs)),
    ...(difference === null
      ? ['', '', 'too little to say']
      : [
          shown(difference.ratio),
          `${shown(difference.lowest)} to ${shown(difference.highest)}`,
          verdict(difference.ratio, difference.noise, difference.differs),
        ]),
  ];
}

function verdict(ratio: number, noise: number, differs: boolean): string {
  const share = `± ${percent(noise)}`;
  if (!differs) return `no (${share})`;
  return `YES: ${percent(Math.abs(ratio - 1))} ${ratio > 1 ? 'more' : 'less'} (${share})`;
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
const shown = (value: number): string => (Number.isNaN(value) ? '' : String(rounded(value)));

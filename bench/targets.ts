import type { Outcome } from './scenario';

/** Something to reach: a figure of an outcome, and how much or how little it should be. */
export interface Target {
  text: string;
  figure(outcome: Outcome): number | undefined;
  atLeast?: number;
  atMost?: number;
}

const atLeast = (baseline: string, times: number): Target => ({
  text: `≥ ${times.toFixed(1)}× ${baseline}`,
  figure: ({ ratios }) => ratios[baseline],
  atLeast: times,
});

/** What each scenario is to reach; all targets are here. */
export const TARGETS: Record<string, Target[]> = {
  'holds-50': [atLeast('direct', 1)],
  'holds-200': [atLeast('direct', 1.5), atLeast('row-lock', 8)],
  'holds-1000': [atLeast('direct', 2)],
};

export interface Verdict {
  text: string;
  met: boolean;
}

export function judge(outcome: Outcome): Verdict[] {
  const verdicts = (TARGETS[outcome.name] ?? []).map((target): Verdict => {
    const value = target.figure(outcome) ?? Number.NaN;
    const met = value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity);
    return { text: target.text, met };
  });
  // An error or a refusal is not a success, however fast it came.
  return outcome.errors === 0 ? verdicts : [...verdicts, { text: 'no errors', met: false }];
}

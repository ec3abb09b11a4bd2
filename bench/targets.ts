import type { Outcome } from './outcome';

/** Something to reach: a figure of an outcome, and how much or how little it is to be. */
interface Target {
  text: string;
  /** The baseline that it compares with, if it does. */
  against?: string;
  figure(outcome: Outcome): number | undefined;
  atLeast?: number;
  atMost?: number;
}

const atLeast = (baseline: string, times: number): Target => ({
  text: `≥ ${times}×`,
  against: baseline,
  figure: ({ ratios }) => ratios[baseline],
  atLeast: times,
});

/** What each scenario is to reach; all targets are here. */
const TARGETS: Record<string, Target[]> = {
  'holds-50': [atLeast('direct', 1)],
  'holds-200': [atLeast('direct', 1.5), atLeast('row-lock', 8)],
  'holds-1000': [atLeast('direct', 2)],
  contended: [atLeast('direct', 1.5)],
  pays: [atLeast('direct', 1.5)],
  polling: [
    atLeast('holds', 0.8),
    { text: '≤ 2 polls per hold', figure: ({ more }) => more['polls per hold'], atMost: 2 },
  ],
  'spread-200': [atLeast('direct', 1.1)],
  'spread-1000': [atLeast('direct', 1.7)],
  idle: [{ text: '≤ 4.0×', against: 'direct', figure: ({ ratios }) => ratios['direct'], atMost: 4 }],
  'room-polls': [
    atLeast('bare', 0.7),
    atLeast('with 1,000', 0.8),
    { text: '≤ 300 bytes per waiter', figure: ({ more }) => more['bytes per waiter'], atMost: 300 },
  ],
  'room-joins': [atLeast('with 1,000', 0.8)],
  tick: [{ text: '≤ 20 ms', figure: ({ ours }) => ours, atMost: 20 }],
  draw: [
    { text: '≤ 60 s', figure: ({ ours }) => ours, atMost: 60 },
    {
      text: '≤ 20 ms per script',
      figure: ({ more }) => more['longest call of Redis, ms'],
      atMost: 20,
    },
  ],
  'seat-map': [atLeast('bare', 0.7)],
  'on-sale': [{ text: 'sold out', figure: ({ ours }) => ours, atMost: Infinity }],
  workers: [atLeast('2 workers', 1), atLeast('4 workers', 0.95)],
  'many-dates-idle': [
    { text: '≤ 400 MB', figure: ({ ours }) => ours, atMost: 400 },
    { text: '≤ 3 % of a core', figure: ({ more }) => more['% of a core, worker'], atMost: 3 },
    { text: 'Redis ≤ 2 %', figure: ({ more }) => more['% of a core, Redis'], atMost: 2 },
    {
      text: '≤ 12 connections',
      figure: ({ more }) => more['connections of the worker to Redis'],
      atMost: 12,
    },
  ],
  'many-dates-busy': [atLeast('100 open', 0.9), atLeast('all in turn', 0.9)],
  cluster: [atLeast('one Redis', 0.8)],
  'fail-over': [{ text: '≤ 3 s', figure: ({ ours }) => ours, atMost: 3000 }],
};

export interface Verdict {
  text: string;
  against: string | null;
  met: boolean;
}

/** Whether the outcome is as it is to be. An error or a refusal is no success, however fast it came. */
export function judge(outcome: Outcome): Verdict[] {
  const verdicts = (TARGETS[outcome.name] ?? []).map((target): Verdict => {
    const value = target.figure(outcome) ?? Number.NaN;
    const met = value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity);
    return { text: target.text, against: target.against ?? null, met };
  });
  return outcome.errors === 0 ? verdicts : [...verdicts, { text: 'no errors', against: null, met: false }];
}

import { median } from './figures';
import type { Outcome } from './outcome';

/** Something to reach: a figure of an outcome, and how much or how little it is to be. */
interface Target {
  text: string;
  /** Undefined where it was not measured: somebody did not take part, or the run was too short for it. */
  figure(outcome: Outcome): number | undefined;
  atLeast?: number;
  atMost?: number;
}

const ours = ({ contestants }: Outcome) => contestants['ours'];

const ratioOver =
  (baseline: string) =>
  ({ contestants }: Outcome): number | undefined => {
    const ratios = contestants[baseline]?.ratios ?? [];
    return ratios.length === 0 ? undefined : median(ratios);
  };

const atLeast = (baseline: string, times: number): Target => ({
  text: `${baseline}: ≥ ${times}×`,
  figure: ratioOver(baseline),
  atLeast: times,
});

/** One figure of the table over another one. */
const quotient = (
  text: string,
  atMost: number,
  over: (outcome: Outcome) => [number | undefined, number | undefined],
): Target => ({
  text,
  figure: (outcome) => {
    const [upper, lower] = over(outcome);
    return upper === undefined || lower === undefined ? undefined : upper / lower;
  },
  atMost,
});

const more = (text: string, name: string, atMost: number): Target => ({
  text,
  figure: (outcome) => outcome.more[name],
  atMost,
});

const figure = (text: string, atMost: number): Target => ({
  text,
  figure: (outcome) => ours(outcome)?.figure,
  atMost,
});

const NO_ERRORS: Target = { text: 'no errors', figure: ({ errors }) => errors, atMost: 0 };

/** How many seats the sale of a whole run has: in a quick one a time says nothing. */
export const SALE_SEATS = 20_000;

/** What each scenario is to reach; all targets are here. */
const TARGETS: Record<string, Target[]> = {
  'holds-50': [atLeast('direct', 1.3)],
  'holds-200': [
    atLeast('direct', 2),
    atLeast('row-lock', 8),
    quotient("web µs: ≤ 2× bare's", 2, (outcome) => [
      ours(outcome)?.cpu['web'],
      outcome.contestants['bare']?.cpu['web'],
    ]),
    quotient('p99: ≤ 2× p50', 2, (outcome) => [ours(outcome)?.p99, ours(outcome)?.p50]),
    quotient("p99: ≤ direct's", 1, (outcome) => [ours(outcome)?.p99, outcome.contestants['direct']?.p99]),
  ],
  'holds-1000': [atLeast('direct', 2.4)],
  cold: [atLeast('direct', 1)],
  contended: [atLeast('direct', 2.2)],
  pays: [atLeast('direct', 1.8)],
  'best-available': [atLeast('holds', 1)],
  'best-available-seats': [
    atLeast('skip-locked', 2),
    atLeast('by hand', 2),
    {
      text: 'no refusal before 99 % are sold',
      figure: (outcome) => outcome.more['ours: % sold at the first refusal'],
      atLeast: 99,
    },
  ],
  polling: [atLeast('holds', 0.85), more('≤ 2 polls per hold', 'polls per hold', 2)],
  'spread-200': [atLeast('direct', 1.2)],
  'spread-1000': [atLeast('direct', 2)],
  idle: [{ text: 'direct: ≤ 3×', figure: ratioOver('direct'), atMost: 3 }],
  'room-polls': [
    atLeast('bare', 0.8),
    atLeast('with 1,000', 0.8),
    more('≤ 300 bytes per waiter', 'bytes per waiter', 300),
  ],
  'room-joins': [atLeast('with 1,000', 0.8)],
  tick: [figure('≤ 20 ms', 20)],
  draw: [figure('≤ 60 s', 60), more('≤ 20 ms per script', 'longest call of Redis, ms', 20)],
  'seat-map': [atLeast('bare', 0.7)],
  'on-sale': [
    {
      text: '≤ 20 s',
      figure: (outcome) => (outcome.more['seats sold'] === SALE_SEATS ? ours(outcome)?.figure : undefined),
      atMost: 20,
    },
    NO_ERRORS,
  ],
  workers: [atLeast('2 workers', 1), atLeast('4 workers', 0.95)],
  'many-dates-idle': [
    figure('≤ 400 MB', 400),
    more('≤ 3 % of a core', '% of a core, worker', 3),
    more('Redis ≤ 2 %', '% of a core, Redis', 2),
    more('≤ 12 connections', 'connections of the worker to Redis', 12),
  ],
  'many-dates-busy': [atLeast('100 open', 0.9), atLeast('all in turn', 0.9)],
  cluster: [atLeast('one Redis', 0.8)],
  'fail-over': [figure('≤ 3 s', 3000)],
  'redis-alone-crash': [figure('0 lost', 0)],
  'redis-alone-power-cut': [figure('0 lost', 0)],
  'redis-alone-crash-twice': [figure('0 seats', 0)],
  'redis-alone-power-cut-twice': [figure('0 seats', 0)],
};

export interface Verdict {
  text: string;
  value: number | null;
  /** Null: it was not measured. */
  met: boolean | null;
}

/** Whether the outcome is as it is to be. An error or a refusal is no success, however fast it came. */
export function judge(outcome: Outcome): Verdict[] {
  const targets = TARGETS[outcome.name] ?? [];
  const all = outcome.errors === 0 || targets.includes(NO_ERRORS) ? targets : [...targets, NO_ERRORS];
  return all.map(({ text, figure, atLeast = -Infinity, atMost = Infinity }): Verdict => {
    const value = figure(outcome);
    if (value === undefined || Number.isNaN(value)) return { text, value: null, met: null };
    return { text, value, met: value >= atLeast && value <= atMost };
  });
}

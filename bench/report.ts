import { cpus, loadavg, totalmem } from 'node:os';
import { isNoisy, median, rounded } from './figures';
import { type Outcome, serviceCpu, type Standing } from './outcome';
import { printColumns } from './columns';
import { judge, type Verdict } from './targets';

/** What came of one scenario that could not be carried out, or whose audit found something. */
export interface Failure {
  name: string;
  error: string;
}

/** The columns of processor time per answer. */
const ROLES = { web: 'web', worker: 'worker', Postgres: 'postgres', Redis: 'redis' };
const HEAD = [
  'scenario',
  'who',
  'figure',
  'ours ÷ theirs',
  'p50 ms',
  'p99 ms',
  ...Object.keys(ROLES).map((title) => `µs ${title}`),
  'µs all',
];

/** A block per outcome: ours first, then each baseline; then what was to be reached. */
export function printTable(outcomes: readonly Outcome[]): void {
  printColumns([HEAD, ...outcomes.flatMap(rowsOf)]);
  const targets = outcomes.flatMap(targetRowsOf);
  if (targets.length === 0) return;
  console.log();
  printColumns([['scenario', 'to reach', 'reached', ''], ...targets]);
}

function rowsOf({ name, unit, contestants }: Outcome): string[][] {
  return Object.entries(contestants).map(([who, standing], index) => {
    const { figure, rounds, ratios, p50, p99 } = standing;
    const [scenario, suffix] = index === 0 ? [name, ` ${unit}`] : ['', ''];
    const ratio = ratios.length === 0 ? '' : withNoise(`${shown(median(ratios))}×`, ratios);
    const value = withNoise(`${shown(figure)}${suffix}`, rounds);
    return [scenario, who, value, ratio, shown(p50), shown(p99), ...cpuCells(standing)];
  });
}

/** Says so beside a figure whose rounds lie far apart, and how far. */
function withNoise(text: string, rounds: readonly number[]): string {
  if (!isNoisy(rounds)) return text;
  return `${text} noisy (${shown(Math.min(...rounds))} to ${shown(Math.max(...rounds))})`;
}

function cpuCells({ cpu }: Standing): string[] {
  if (Object.keys(cpu).length === 0) return [];
  return [...Object.values(ROLES).map((role) => shown(cpu[role])), shown(serviceCpu(cpu))];
}

function targetRowsOf(outcome: Outcome): string[][] {
  return judge(outcome).map(({ text, value, met }, index) => {
    return [index === 0 ? outcome.name : '', text, shown(value ?? undefined), said(met)];
  });
}

function said(met: Verdict['met']): string {
  if (met === null) return 'not measured';
  return met ? 'met' : 'MISSED';
}

/** Nothing for a contestant who did not take part. */
const shown = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '' : String(rounded(value));

/** Below the table: where the time went, and whatever else a scenario tells. */
export function printDetails(outcomes: readonly Outcome[]): void {
  for (const { name, more } of outcomes) {
    const byPlayer = new Map<string, string[]>();
    for (const [figure, value] of Object.entries(more)) {
      const [, player = '', text = figure] = /^([^:]+): (.*)$/.exec(figure) ?? [];
      byPlayer.set(player, [...(byPlayer.get(player) ?? []), `${text} ${rounded(value)}`]);
    }
    if (byPlayer.size > 0) console.log(`\n${name}`);
    for (const [player, figures] of byPlayer) {
      console.log(`  ${player === '' ? '' : `${player}: `}${figures.join('; ')}`);
    }
  }
}

export const toJson = (outcomes: readonly Outcome[]) =>
  outcomes.map((outcome) => ({ ...outcome, targets: judge(outcome) }));

/** What the figures depend on. */
export function machine() {
  const [processor] = cpus();
  const [lastMinute = 0] = loadavg();
  return {
    processor: processor?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    /** At the end. The bench itself makes about as many as there are cores; more were others' doing. */
    loadAverage: rounded(lastMinute),
    when: new Date().toISOString(),
  };
}

import { cpus, loadavg, totalmem } from 'node:os';
import { rounded } from './figures';
import type { Outcome } from './outcome';
import { judge } from './targets';

/** What came of one scenario that could not be carried out, or whose audit found something. */
export interface Failure {
  name: string;
  error: string;
}

const HEAD = ['scenario', 'who', 'figure', 'ours ÷ theirs', 'p50 ms', 'p99 ms', 'to reach'];

/** A block per outcome: ours first, then each baseline, and whether the targets were met. */
export function printTable(outcomes: readonly Outcome[]): void {
  const rows = [HEAD, ...outcomes.flatMap(rowsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    console.log(line.trimEnd());
  }
}

function rowsOf(outcome: Outcome): string[][] {
  const { name, unit, ours, baselines, ratios, p50, p99 } = outcome;
  const verdicts = judge(outcome);
  const said = (against: string | null) =>
    verdicts
      .filter((verdict) => verdict.against === against)
      .map(({ text, met }) => `${text} ${met ? 'met' : 'MISSED'}`)
      .join('; ');
  const first = [name, 'ours', `${shown(ours)} ${unit}`, '', shown(p50), shown(p99), said(null)];
  const others = Object.entries(baselines).map(([baseline, value]) => {
    const ratio = shown(ratios[baseline]);
    return ['', baseline, shown(value), ratio === '' ? '' : `${ratio}×`, '', '', said(baseline)];
  });
  return [first, ...others];
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

/** The whole run as one object. */
export function toJson(outcomes: readonly Outcome[], failures: readonly Failure[]) {
  return {
    scenarios: outcomes.map((outcome) => ({ ...outcome, targets: judge(outcome) })),
    failures,
    machine: machine(),
  };
}

/** What the figures depend on. */
function machine() {
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

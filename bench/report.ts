import { cpus, totalmem } from 'node:os';
import { rounded } from './figures';
import type { Outcome } from './outcome';
import { judge } from './targets';

/** A row per outcome, a column per figure, and whether the targets were met. */
export function printTable(outcomes: readonly Outcome[]): void {
  const rows = outcomes.map((outcome) => [
    outcome.name,
    `${rounded(outcome.ours)} ${outcome.unit}`,
    outcome.p50 === undefined ? '' : `${rounded(outcome.p50)}`,
    outcome.p99 === undefined ? '' : `${rounded(outcome.p99)}`,
    Object.entries(outcome.baselines)
      .map(([name, value]) => `${name} ${rounded(value)} (${rounded(outcome.ratios[name] ?? Number.NaN)}×)`)
      .join(', '),
    judge(outcome)
      .map(({ text, met }) => `${text} ${met ? 'met' : 'MISSED'}`)
      .join('; '),
  ]);
  const table = [['scenario', 'ours', 'p50 ms', 'p99 ms', 'baselines (ours ÷ theirs)', 'targets'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Below the table: where the time went, and whatever else a scenario tells. */
export function printDetails(outcomes: readonly Outcome[]): void {
  for (const { name, more } of outcomes) {
    const figures = Object.entries(more).map(([figure, value]) => `${figure} ${rounded(value)}`);
    if (figures.length > 0) console.log(`\n${name}: ${figures.join(', ')}`);
  }
}

/** The whole run as one object. */
export function toJson(outcomes: readonly Outcome[]) {
  return {
    scenarios: outcomes.map((outcome) => ({ ...outcome, targets: judge(outcome) })),
    machine: machine(),
  };
}

/** What the figures depend on. */
export function machine() {
  const [processor] = cpus();
  return {
    processor: processor?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    when: new Date().toISOString(),
  };
}

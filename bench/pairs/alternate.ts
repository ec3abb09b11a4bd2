import { type Bench, prepare } from '../bench';
import { serviceCpu, type Outcome } from '../outcome';
import type { Failure } from '../report';
import type { Scenario } from '../scenario';
import type { Build } from '../stage/build';
import { type Difference, differenceOf } from './difference';

/** One figure of one scenario, of both builds: run by run, in pairs. */
export interface Comparison {
  scenario: string;
  figure: string;
  ours: number[];
  theirs: number[];
  difference: Difference | null;
}

/**
 * Runs a scenario with either build in turn: A B, B A, A B, … so that neither always comes first, nor gains by a machine
 * that grows slower or faster. Each run has processes and databases of its own: two starts of one build differ, and no
 * number of rounds with the same processes would show by how much.
 */
export async function alternate(
  bench: Bench,
  scenario: Scenario,
  { other, pairs }: { other: Build; pairs: number },
  failures: Failure[],
): Promise<Comparison[]> {
  const [first, second]: Outcome[][][] = [[], []];
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? [bench.build, other] : [other, bench.build];
    for (const build of order) {
      bench.say(`  pair ${pair + 1} of ${pairs}: ${build.name}`);
      const outcomes = await scenario.run({ ...bench, build });
      for (const { name, errors } of outcomes) {
        if (errors > 0) failures.push({ name, error: `${errors} errors of ${build.name}` });
      }
      (build === other ? second : first)?.push(outcomes);
    }
  }
  return compare(first ?? [], second ?? []);
}

/** Makes the other build's database. */
export async function prepareOther(bench: Bench, other: Build): Promise<void> {
  bench.say(`==> Migrating a database for ${other.name}`);
  await prepare(bench.databases, other);
}

function compare(first: Outcome[][], second: Outcome[][]): Comparison[] {
  return (first[0] ?? []).flatMap((outcome, at) =>
    [...figuresOf(outcome).keys()].flatMap((figure): Comparison[] => {
      const values = (runs: Outcome[][]) => runs.map((run) => figureOf(run[at], figure));
      const [ours, theirs] = [values(first), values(second)];
      // What was not measured, or took less than the clock of processor time can tell.
      if ([...ours, ...theirs].every((value) => !(value > 0))) return [];
      const difference = differenceOf(ours, theirs);
      return [{ scenario: outcome.name, figure, ours, theirs, difference }];
    }),
  );
}

const figureOf = (outcome: Outcome | undefined, figure: string): number =>
  (outcome === undefined ? undefined : figuresOf(outcome).get(figure)) ?? Number.NaN;

/** What is compared of an outcome, by name. */
function figuresOf({ unit, contestants }: Outcome): Map<string, number> {
  const ours = contestants['ours'];
  if (ours === undefined) return new Map();
  const { figure, p50 = Number.NaN, p99 = Number.NaN, cpu } = ours;
  const roles = Object.entries(cpu).filter(([role]) => role !== 'generator');
  return new Map([
    [unit, figure],
    ['p50, ms', p50],
    ['p99, ms', p99],
    ...roles.map(([role, micros]): [string, number] => [`µs of ${role} per answer`, micros]),
    ...(roles.length === 0 ? [] : [['µs of all these', serviceCpu(cpu)] satisfies [string, number]]),
  ]);
}

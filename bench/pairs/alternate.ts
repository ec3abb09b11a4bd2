import { type Outcome, serviceCpu } from '../outcome';
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
 * Runs the same with either build in turn: A B, B A, A B, … so that neither always comes first, nor gains by a machine
 * that grows slower or faster. Each run has processes and databases of its own: two starts of one build differ, and no
 * number of rounds with the same processes would show by how much.
 */
export async function alternate<Build>(
  { ours, theirs, pairs }: { ours: Build; theirs: Build; pairs: number },
  run: (build: Build, pair: number) => Promise<Outcome[]>,
): Promise<Comparison[]> {
  const runs = { ours: new Array<Outcome[]>(), theirs: new Array<Outcome[]>() };
  for (let pair = 1; pair <= pairs; pair += 1) {
    if (pair % 2 === 1) runs.ours.push(await run(ours, pair));
    runs.theirs.push(await run(theirs, pair));
    if (pair % 2 === 0) runs.ours.push(await run(ours, pair));
  }
  return compare(runs.ours, runs.theirs);
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

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type Bench, prepare, withBench } from './bench';
import type { Outcome } from './outcome';
import { alternate, type Comparison } from './pairs/alternate';
import { printComparisons } from './pairs/report';
import { type Failure, machine, printDetails, printTable, toJson } from './report';
import type { Scenario } from './scenario';
import type { Build } from './stage/build';
import { SCENARIOS } from './scenarios';

/** What the command line asked for: `run.mjs` reads it, before it builds this. */
const Wishes = z.object({
  scenarios: z.array(z.string()),
  quick: z.boolean(),
  json: z.boolean(),
  only: z.string().optional(),
  profile: z.string().optional(),
  list: z.boolean(),
  /** Another commit's build, to be compared with this one. */
  other: z.object({ name: z.string(), root: z.string(), compiled: z.string() }).optional(),
  pairsCount: z.number(),
});
type Wishes = z.infer<typeof Wishes>;

/** `npm run bench`: runs the scenarios named, or all of them, and shows what came of each. */
async function main(): Promise<void> {
  const wishes = Wishes.parse(JSON.parse(process.argv[2] ?? ''));
  if (wishes.list) {
    for (const { name, about } of SCENARIOS) console.log(`${name.padEnd(16)} ${about}`);
    return;
  }
  const chosen = choose(wishes.scenarios);
  const invited = wishes.other === undefined ? wishes.only?.split(',') : ['ours'];
  const options = {
    quick: wishes.quick,
    profileFolder: wishes.profile === undefined ? null : path.resolve(wishes.profile),
    invites: (name: string) => invited === undefined || invited.includes(name),
  };
  if (options.profileFolder !== null) mkdirSync(options.profileFolder, { recursive: true });
  const failures: Failure[] = [];
  const result = await withBench(options, async (bench) =>
    wishes.other === undefined
      ? measure(bench, chosen, failures)
      : comparePairs(bench, chosen, { ...wishes, other: wishes.other }, failures),
  );
  for (const { name, error } of failures) console.log(`\n${name} FAILED: ${error}`);
  if (wishes.json) console.log(JSON.stringify({ ...result, failures, machine: machine() }));
  process.exitCode = failures.length === 0 ? 0 : 1;
}

async function measure(bench: Bench, chosen: Scenario[], failures: Failure[]) {
  const outcomes: Outcome[] = [];
  await runAll(bench, chosen, failures, async (scenario) => {
    outcomes.push(...(await scenario.run(bench)));
  });
  printTable(outcomes);
  printDetails(outcomes);
  return { scenarios: toJson(outcomes) };
}

async function comparePairs(
  bench: Bench,
  chosen: Scenario[],
  { other, pairsCount }: Wishes & { other: NonNullable<Wishes['other']> },
  failures: Failure[],
) {
  const theirs = { ...other, migrated: 'bench_migrated_other' };
  bench.say(`==> Migrating a database for ${other.name}`);
  await prepare(bench.databases, theirs);
  const comparisons: Comparison[] = [];
  for (const { name, isOwnCode } of chosen) {
    if (isOwnCode === true) bench.say(`==> ${name} measures code of this checkout alone: left out`);
  }
  const comparable = chosen.filter(({ isOwnCode }) => isOwnCode !== true);
  await runAll(bench, comparable, failures, async (scenario) => {
    const builds = { ours: bench.build, theirs, pairs: pairsCount };
    const run = async (build: Build, pair: number) => {
      bench.say(`  pair ${pair} of ${pairsCount}: ${build.name}`);
      const outcomes = await scenario.run({ ...bench, build });
      for (const { name, errors } of outcomes) {
        if (errors > 0) failures.push({ name, error: `${errors} errors of ${build.name}` });
      }
      return outcomes;
    };
    comparisons.push(...(await alternate(builds, run)));
  });
  printComparisons(comparisons, other.name, pairsCount);
  return { comparedWith: other.name, comparisons };
}

/** Adds to the failures: when one scenario fails, the others still count. */
async function runAll(
  bench: Bench,
  chosen: Scenario[],
  failures: Failure[],
  run: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  for (const [index, scenario] of chosen.entries()) {
    bench.say(`==> ${scenario.name} (${index + 1} of ${chosen.length}): ${scenario.about}`);
    try {
      await run(scenario);
    } catch (error) {
      failures.push({ name: scenario.name, error: explain(error) });
      bench.say(`    FAILED  ${explain(error)}`);
    }
  }
}

const explain = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** By name, or all whose name begins so: `holds` is holds-50, holds-200 and holds-1000. */
function choose(names: string[]): Scenario[] {
  if (names.length === 0) return SCENARIOS;
  return names.flatMap((name) => {
    const found = SCENARIOS.filter(
      (scenario) => scenario.name === name || scenario.name.startsWith(`${name}-`),
    );
    if (found.length === 0) {
      console.error(`There is no scenario '${name}'. See: npm run bench -- --list`);
      process.exit(2);
    }
    return found;
  });
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(explain(error));
    process.exit(1);
  },
);

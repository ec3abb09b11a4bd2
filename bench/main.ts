import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type Bench, withBench } from './bench';
import { type Failure, printDetails, printTable, toJson } from './report';
import type { Outcome } from './outcome';
import type { Scenario } from './scenario';
import { SCENARIOS } from './scenarios';

/** What the command line asked for: `run.mjs` reads it, before it builds this. */
const Wishes = z.object({
  scenarios: z.array(z.string()),
  quick: z.boolean(),
  json: z.boolean(),
  only: z.string().optional(),
  profile: z.string().optional(),
  list: z.boolean(),
});

/** `npm run bench`: runs the scenarios named, or all of them, and shows what came of each. */
async function main(): Promise<void> {
  const values = Wishes.parse(JSON.parse(process.argv[2] ?? ''));
  if (values.list) {
    for (const { name, about } of SCENARIOS) console.log(`${name.padEnd(16)} ${about}`);
    return;
  }
  const chosen = choose(values.scenarios);
  const outcomes: Outcome[] = [];
  const failures: Failure[] = [];
  const invited = values.only?.split(',');
  const options = {
    quick: values.quick,
    profileFolder: values.profile === undefined ? null : path.resolve(values.profile),
    invites: (name: string) => invited === undefined || invited.includes(name),
  };
  if (options.profileFolder !== null) mkdirSync(options.profileFolder, { recursive: true });
  await withBench(options, async (bench) => runAll(bench, chosen, outcomes, failures));
  printTable(outcomes);
  printDetails(outcomes);
  for (const { name, error } of failures) console.log(`\n${name} FAILED: ${error}`);
  if (values.json) console.log(JSON.stringify(toJson(outcomes, failures)));
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** Adds to the outcomes, and to the failures: when one scenario fails, the others still count. */
async function runAll(
  bench: Bench,
  chosen: Scenario[],
  outcomes: Outcome[],
  failures: Failure[],
): Promise<void> {
  for (const [index, scenario] of chosen.entries()) {
    bench.say(`==> ${scenario.name} (${index + 1} of ${chosen.length}): ${scenario.about}`);
    try {
      outcomes.push(...(await scenario.run(bench)));
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

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { answerHelp, refuse } from './arguments.mjs';
import { buildIfNeeded } from './build.mjs';
import { makeReady } from './make-ready.mjs';
import { passSignalsOn, runStep } from './steps.mjs';

const USAGE = `
Usage: script/test [word …] [options of Jest]

Checks format, lint, import rules and types, builds, then runs every test on a Postgres and a Redis of its own.

  script/test booking       only the test files whose path has that word
  script/test -t 'a seat'   only the tests whose name matches

The rest goes to Jest as it is: https://jestjs.io/docs/cli. The last line is the count.
`;
const REPORTERS = ['--reporters=default', '--reporters=<rootDir>/test/support/count-reporter.cjs'];
const PATIENCE_AFTER_TESTS_MS = 30_000;

/** @typedef {{ passed: number, failed: number }} Counts */

const words = process.argv.slice(2);
answerHelp(USAGE, words);
passSignalsOn();
process.chdir(path.resolve(import.meta.dirname, '..'));
const counts = await testEverything();
process.exitCode = counts.failed === 0 ? 0 : 1;
if (words.length === 0)
  process.stderr.write(
    'Not run here: the pages in a real browser (npm run test:page brings one), and what takes minutes (npm run test:long, test:faults, test:distributed).\n',
  );
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);

/** @returns {Promise<Counts>} */
async function testEverything() {
  if (!(await makeReady())) return { passed: 0, failed: 1 };
  await refuseWhatJestWould();
  process.stderr.write('==> Format, lint, types\n');
  if ((await runStep('npm', ['run', '--silent', 'check'])) !== 0) return { passed: 0, failed: 1 };
  if (!(await buildIfNeeded())) return { passed: 0, failed: 1 };
  process.stderr.write('==> Tests\n');
  const folder = mkdtempSync(path.join(tmpdir(), 'frontrow-counts-'));
  try {
    return await runJest(path.join(folder, 'counts.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Jest itself would say so only when all is checked and built. */
async function refuseWhatJestWould() {
  const { buildArgv } = await import('jest');
  try {
    await buildArgv(words);
  } catch (error) {
    // A heading, the fault, and where Jest's documentation is.
    const [, fault = String(error)] = /^ +(\S.*?)\.?$/m.exec(stripVTControlCharacters(String(error))) ?? [];
    refuse(USAGE, fault);
  }
}

/**
 * @param {string} file where our reporter leaves the counts
 * @returns {Promise<Counts>}
 */
async function runJest(file) {
  let watch;
  // Not through npx: a signal must reach Jest itself.
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  // Ours last: Jest takes every word after --reporters for another reporter.
  const code = await runStep(process.execPath, [jest, ...words, ...REPORTERS], {
    env: { ...process.env, FRONTROW_TEST_COUNTS: file },
    onStart: (child) => {
      watch = endWhenDone(child, file);
    },
  });
  clearInterval(watch);
  const found = readCounts(file) ?? { passed: 0, failed: 1 };
  // Jest has other reasons to fail than a failed test: a teardown that threw, nothing that matched.
  return code !== 0 && found.failed === 0 ? { ...found, failed: 1 } : found;
}

/**
 * A socket or timer that a test left open would keep Jest, and so a build machine, waiting for ever.
 * @param {import('node:child_process').ChildProcess} jest
 * @param {string} file
 */
function endWhenDone(jest, file) {
  /** @type {number | undefined} */
  let doneAt;
  return setInterval(() => {
    if (readCounts(file) === undefined) return;
    doneAt ??= Date.now();
    if (Date.now() - doneAt < PATIENCE_AFTER_TESTS_MS) return;
    process.stderr.write(
      'The tests are over but Jest does not end: something they opened was never closed.\n',
    );
    jest.kill('SIGKILL');
  }, 500);
}

/**
 * @param {string} file
 * @returns {Counts | undefined}
 */
function readCounts(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined; // not there yet, or Jest failed before its first test
  }
  const [, passed, failed] = /^(\d+) (\d+)$/.exec(text) ?? [];
  return failed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
}

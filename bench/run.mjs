// `npm run bench`: builds the service and the bench into a folder of this run's own, and runs the bench there. So what
// is measured is what lay in src/ at the start, and no other build takes it away meanwhile. With --pairs another commit
// is built beside it.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readArguments, refuse } from '../script/arguments.mjs';
import { startGuardian } from '../script/services/guardian.mjs';
import { passSignalsOn, runStep } from '../script/steps.mjs';
import { buildCommit, findCommit, temporaryFolder } from './pairs/other-build.mjs';

const USAGE = `
Usage: npm run bench -- [scenario …] [--quick] [--json] [--only ours,direct] [--profile folder] [--list]
       npm run bench -- scenario … --pairs commit [--pairs-count 4] [--quick] [--json]

Measures the service against what somebody would write instead: all scenarios, or those named (holds is holds-50,
holds-200 and holds-1000). bench/README.md says how it measures.

  --quick            rougher: within a minute per scenario
  --json             one JSON object as the last line
  --only ours,direct leaves the other contestants out
  --profile folder   a .cpuprofile of every measured turn and process
  --list             names the scenarios and ends
  --pairs commit     measures this checkout and that commit in turn, and says where they differ
  --pairs-count 4    how often each of them: an even number from 4 to 20, so that each comes first as often
`;

const { values, positionals } = readArguments(USAGE, {
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    list: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    'pairs-count': { type: 'string' },
  },
});
const ROOT = path.resolve(import.meta.dirname, '..');
const ALL = path.join(ROOT, 'bench', 'dist');
const BUILT = path.join(ALL, String(process.pid));
const TSC = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);
const commit = commitWanted();
const pairsCount = countWanted();

let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (isStopped = true));
passSignalsOn();
process.stderr.write('==> Building the service and the bench\n');
process.on('exit', () => rmSync(BUILT, { recursive: true, force: true }));
removeLeftovers();
goOnIf((await runStep(process.execPath, [TSC, '-p', path.join(ROOT, 'bench'), '--outDir', BUILT])) === 0);
// What the service reads beside its code.
for (const folder of ['migrations', 'public', 'src/waiting-room/lua', 'src/seat-map/lua']) {
  cpSync(path.join(ROOT, folder), path.join(BUILT, folder), { recursive: true });
}
const other = commit === null ? undefined : await otherBuild(commit);

const wishes = JSON.stringify({ ...values, scenarios: positionals, other, pairsCount });
const bench = spawn(process.execPath, [path.join(BUILT, 'bench/main.js'), wishes], {
  stdio: 'inherit',
  cwd: ROOT,
});
// The terminal sends Ctrl-C to both of us; whoever only kills this process means the bench.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => bench.kill('SIGTERM'));
bench.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

/** @param {boolean} isRight */
function goOnIf(isRight) {
  if (isStopped) process.exit(130);
  if (!isRight) process.exit(1);
}

/** What `--pairs` names, or null: refused before anything is built. */
function commitWanted() {
  if (values.pairs === undefined) return null;
  if (positionals.length === 0)
    refuse(USAGE, '--pairs wants the names of scenarios: all of them would take hours');
  if (values.only !== undefined) refuse(USAGE, '--pairs measures ours alone: --only has no use there');
  return (
    findCommit(ROOT, values.pairs) ?? refuse(USAGE, `There is no commit '${values.pairs}' in this repository`)
  );
}

function countWanted() {
  const text = values['pairs-count'] ?? '4';
  const count = Number(text);
  if (count % 2 === 0 && count >= 4 && count <= 20) return count;
  return refuse(USAGE, `--pairs-count '${text}' is no even number from 4 to 20`);
}

/** @param {import('./pairs/other-build.mjs').Commit} found */
async function otherBuild(found) {
  const folder = temporaryFolder();
  // Should this process be killed: else it removes the folder by itself.
  const guardian = startGuardian();
  guardian.remove(folder);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const onStart = (/** @type {import('node:child_process').ChildProcess} */ { pid, spawnfile }) => {
    if (pid !== undefined) guardian.stop(pid, ['SIGTERM', 'SIGKILL'], spawnfile);
  };
  goOnIf(await buildCommit({ root: ROOT, folder, commit: found, onStart }));
  return { name: found.hash.slice(0, 10), root: folder, compiled: path.join(folder, 'dist') };
}

/** Of runs that were killed. */
function removeLeftovers() {
  for (const name of existsSync(ALL) ? readdirSync(ALL) : []) {
    if (!isRunning(Number(name))) rmSync(path.join(ALL, name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

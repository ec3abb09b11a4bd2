// `npm run bench`: builds the service and the bench into a folder of this run's own, and runs the bench there. So what
// is measured is what lay in src/ at the start, and no other build takes it away meanwhile.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readArguments } from '../script/arguments.mjs';

const USAGE = `
Usage: npm run bench -- [scenario …] [--quick] [--json] [--only ours,direct] [--profile folder] [--list]

Measures the service against what somebody would write instead: all scenarios, or those named (holds is holds-50,
holds-200 and holds-1000). bench/README.md says how it measures.

  --quick            rougher: within a minute per scenario
  --json             one JSON object as the last line
  --only ours,direct leaves the other contestants out
  --profile folder   a .cpuprofile of every measured turn and process
  --list             names the scenarios and ends
`;

const { values, positionals } = readArguments(USAGE, {
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
const wishes = JSON.stringify({ ...values, scenarios: positionals });
const ROOT = path.resolve(import.meta.dirname, '..');
const ALL = path.join(ROOT, 'bench', 'dist');
const BUILT = path.join(ALL, String(process.pid));
const TSC = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

process.stderr.write('==> Building the service and the bench\n');
process.on('exit', () => rmSync(BUILT, { recursive: true, force: true }));
removeLeftovers();
const build = [TSC, '-p', path.join(ROOT, 'bench'), '--outDir', BUILT];
if (spawnSync(process.execPath, build, { stdio: 'inherit' }).status !== 0) process.exit(1);
// What the service reads beside its code.
for (const folder of ['migrations', 'public', 'src/waiting-room/lua', 'src/seat-map/lua']) {
  cpSync(path.join(ROOT, folder), path.join(BUILT, folder), { recursive: true });
}

const bench = spawn(process.execPath, [path.join(BUILT, 'bench/main.js'), wishes], {
  stdio: 'inherit',
  cwd: ROOT,
});
// The terminal sends Ctrl-C to both of us; whoever only kills this process means the bench.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => bench.kill('SIGTERM'));
bench.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

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

// `npm run bench`: builds the service and the bench into a folder of this run's own, and runs the bench there. So what
// is measured is what lay in src/ at the start, and no other build takes it away meanwhile.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

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
for (const folder of ['migrations', 'src/waiting-room/lua', 'src/seat-map/lua']) {
  cpSync(path.join(ROOT, folder), path.join(BUILT, folder), { recursive: true });
}

const bench = spawn(process.execPath, [path.join(BUILT, 'bench/main.js'), ...process.argv.slice(2)], {
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

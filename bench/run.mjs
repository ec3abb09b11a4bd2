// `npm run bench`: builds the service and the bench into bench/dist, then runs the bench there. Its own copy of the
// service: what is measured is what lies in src/ now, and no other build takes it away while it runs.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const BUILT = path.join(ROOT, 'bench', 'dist');
const TSC = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);

process.stderr.write('==> Building the service and the bench\n');
rmSync(BUILT, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [TSC, '-p', path.join(ROOT, 'bench')], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
// What the service reads beside its code.
for (const folder of ['migrations', 'src/waiting-room/lua', 'src/seat-map/lua']) {
  cpSync(path.join(ROOT, folder), path.join(BUILT, folder), { recursive: true });
}

const bench = spawn(process.execPath, [path.join(BUILT, 'bench/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The terminal sends Ctrl-C to both of us; whoever only kills this process means the bench.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => bench.kill('SIGTERM'));
bench.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

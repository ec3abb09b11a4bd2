import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';

const LAST_WILL = 'cat >/dev/null; kill -KILL "$0"; [ -z "$1" ] || rm -rf "$1"';

/**
 * A test that fails before its `stop()` must neither leave a process behind nor keep Jest from ending: the
 * process is killed (and its folder deleted) when our end of a pipe closes, and nothing here counts as work still to do.
 */
export function killWithUs(child: ChildProcess, folder = ''): void {
  const watch = spawn('sh', ['-c', LAST_WILL, String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (watch.stdin instanceof Socket) watch.stdin.unref();
  for (const process of [child, watch]) process.unref();
  child.once('exit', () => watch.kill('SIGKILL')); // the number may soon be another process's
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * What to do after our death; the mark is text in the process's command line, in case its number was given
 * to another one since.
 * @typedef {{
 *   stop(pid: number, signals: NodeJS.Signals[], mark: string): void,
 *   stopContainer(name: string): void,
 *   remove(folder: string): void,
 *   cancel(): void,
 * }} Guardian
 */

/**
 * Starts the process that cleans up should this one die without a chance to do so itself. Once everything
 * has been stopped in good order, cancel it.
 * @returns {Guardian}
 */
export function startGuardian() {
  const program = fileURLToPath(new URL('./last-will.mjs', import.meta.url));
  const child = spawn(process.execPath, [program], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Its own death must not take the services with it: it is only the net below them.
  child.stdin.on('error', (error) => process.stderr.write(`guardian: ${error.message}\n`));
  child.on('error', (error) => process.stderr.write(`guardian: ${error.message}\n`));
  child.unref();
  /** @param {string} line */
  const tell = (line) => void child.stdin.write(`${line}\n`);
  return {
    stop: (pid, signals, mark) => tell(`stop ${pid} ${signals.join(',')} ${mark}`),
    stopContainer: (name) => tell(`container ${name}`),
    remove: (folder) => tell(`remove ${folder}`),
    cancel: () => void child.stdin.end('cancel\n'),
  };
}

import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Hands Ctrl-C and kill on to the step that runs, and lets it end by itself. */
export function passSignalsOn() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => running.forEach((child) => child.kill(signal)));
  }
}

/**
 * Runs one command with our terminal. Progress belongs on standard error: standard output is for what programs read.
 * @param {string} command
 * @param {string[]} args
 * @param {{
 *   cwd?: string,
 *   env?: NodeJS.ProcessEnv,
 *   stdoutToStderr?: boolean,
 *   onStart?: (child: import('node:child_process').ChildProcess) => void,
 * }} [options]
 * @returns {Promise<number>} its exit code
 */
export function runStep(command, args, options = {}) {
  const { cwd = process.cwd(), env = process.env, stdoutToStderr = false, onStart } = options;
  return new Promise((resolve) => {
    const stdio = /** @type {const} */ (['inherit', stdoutToStderr ? 2 : 'inherit', 'inherit']);
    const child = spawn(command, args, { stdio: [...stdio], env, cwd });
    running.add(child);
    onStart?.(child);
    const end = (/** @type {number} */ code) => {
      running.delete(child);
      resolve(code);
    };
    child.once('error', (error) => {
      process.stderr.write(`cannot run ${command}: ${error.message}\n`);
      end(127);
    });
    child.once('exit', (code) => end(code ?? 128));
  });
}

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './services/child-process.mjs';

/** @typedef {{ name: string, child: import('node:child_process').ChildProcess, ended: Promise<string> }} Part */

const PATIENCE_MS = 10_000;

/** The processes that make up a running service: started one by one, stopped in the order of need. */
export class Parts {
  /** @type {Part[]} */
  #started = [];
  #stopping = false;
  #guardian;

  /** @param {import('./services/guardian.mjs').Guardian} guardian ends them should we be killed */
  constructor(guardian) {
    this.#guardian = guardian;
  }

  /**
   * Each in a process group of its own: Ctrl-C must not reach Postgres before the web process has finished.
   * @param {string} name
   * @param {string} program an executable file, or a module for node
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} env
   * @param {import('node:child_process').StdioOptions} [stdio]
   * @returns {Part}
   */
  start(name, program, args, env, stdio = ['ignore', 'inherit', 'inherit']) {
    if (this.#stopping) throw new Error('stopping');
    const options = { env, stdio, detached: true };
    const child = program.endsWith('.mjs')
      ? spawn(process.execPath, [program, ...args], options)
      : spawn(program, args, options);
    /** @type {Promise<string>} */
    const ended = new Promise((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`),
      );
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    });
    if (child.pid !== undefined) this.#guardian.stop(child.pid, ['SIGTERM', 'SIGKILL'], program);
    const part = { name, child, ended };
    this.#started.push(part);
    return part;
  }

  /** @returns {Promise<string>} which one ended, and how */
  anyEnded() {
    return Promise.race(
      this.#started.map(({ name, ended }) => ended.then((how) => `The ${name} process ${how}.`)),
    );
  }

  /** Those that use the database first, then the database. */
  async stop() {
    this.#stopping = true;
    const services = this.#started.filter((part) => part.name === 'services');
    const users = this.#started.filter((part) => part.name !== 'services');
    await Promise.all(users.map((part) => stopPart(part, PATIENCE_MS)));
    // Longer than the services give Postgres: killed before that, it would have to recover at the next start.
    await Promise.all(services.map((part) => stopPart(part, 3 * PATIENCE_MS)));
    this.#guardian.cancel();
  }
}

/**
 * @param {Part} part
 * @param {number} patience
 */
async function stopPart({ name, child, ended }, patience) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = new AbortController();
  const late = sleep(patience, true, { signal: timer.signal }).catch(() => false); // aborted: it was in time
  if (await Promise.race([ended.then(() => false), late])) {
    say(`The ${name} process did not stop within ${patience / 1000} s: killing it.`);
    child.kill('SIGKILL');
    await ended;
  }
  timer.abort();
}

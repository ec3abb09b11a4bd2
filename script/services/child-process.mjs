import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from './files.mjs';

/**
 * @typedef {{ uid?: number, gid?: number, cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number }} RunOptions
 * @typedef {{ code: number, stdout: string, stderr: string }} RunResult
 * @typedef {{
 *   pid: number,
 *   exited: Promise<string>,
 *   isRunning(): boolean,
 *   stop(signals: NodeJS.Signals[]): Promise<void>,
 *   log(): string,
 * }} Daemon
 * @typedef {{
 *   name: string,
 *   url: string,
 *   docker: boolean,
 *   pid?: number,
 *   exited: Promise<string>,
 *   stop(): Promise<void>,
 * }} Service a server that runs for us, in a process or a container
 */

const PATIENCE_MS = 10_000;

/**
 * Progress for people. Stdout is kept for the one line that programs read.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a command to its end and never throws for its exit code: a missing command answers 127.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.once('error', (error) => resolve({ code: 127, stdout, stderr: `${stderr}${error.message}` }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 128, stdout, stderr: signal ? `${stderr}ended by ${signal}` : stderr }),
    );
  });
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C in a terminal reaches only the process that
 * knows the right order of stopping; its output goes to a log file.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions & { logFile: string }} options
 * @returns {Promise<Daemon>}
 */
export async function startDaemon(command, args, { logFile, ...options }) {
  const log = openSync(logFile, 'w');
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let running = true;
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    /** @param {string} how */
    const end = (how) => {
      running = false;
      resolve(how);
    };
    child.once('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    child.once('error', (error) => end(error.message));
  });
  if (child.pid === undefined) throw new Error(`cannot start ${command}: ${await exited}`);
  const pid = child.pid;
  return {
    pid,
    exited,
    isRunning: () => running,
    stop: (signals) => stopInTurn(pid, () => running, signals),
    log: () => readFileSync(logFile, 'utf8'),
  };
}

/**
 * Sends the signals from gentle to hard, each with time to work, until the process is gone.
 * @param {number} pid
 * @param {() => boolean | Promise<boolean>} isRunning
 * @param {NodeJS.Signals[]} signals
 */
export async function stopInTurn(pid, isRunning, signals) {
  for (const signal of signals) {
    if (!(await isRunning())) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error; // it ended since we looked
    }
    const deadline = Date.now() + PATIENCE_MS;
    while ((await isRunning()) && Date.now() < deadline) await sleep(20);
  }
  if (await isRunning()) throw new Error(`process ${pid} does not end, not even by ${signals.at(-1)}`);
}

/**
 * @param {number} pid
 * @param {string} mark text that the command line of the process must contain: a number read from a file of
 *   yesterday may belong to a stranger's process today
 * @returns {Promise<boolean>} whether that process runs; one that has ended and waits to be collected does not
 */
export async function isProcess(pid, mark) {
  return isAlive(pid) && (await commandLine(pid)).includes(mark);
}

/**
 * @param {number} pid
 * @returns {boolean}
 */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM'); // alive, but another user's
  }
}

/**
 * @param {number} pid
 * @returns {Promise<string>} as the system lists it; empty when the process is gone
 */
export async function commandLine(pid) {
  if (process.platform !== 'linux') return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended between the two looks
  }
}

/**
 * Waits until the check holds; fails at once when the server dies, with the end of its log.
 * @param {Daemon} daemon
 * @param {string} name
 * @param {() => Promise<boolean>} check
 */
export async function waitUntilReady(daemon, name, check) {
  const deadline = Date.now() + 60_000;
  while (!(await check())) {
    const tail = () => daemon.log().trim().split('\n').slice(-8).join('\n');
    if (!daemon.isRunning()) throw new Error(`${name} ${await daemon.exited} while starting:\n${tail()}`);
    if (Date.now() > deadline) throw new Error(`${name} is not ready after a minute:\n${tail()}`);
    await sleep(15);
  }
}

/**
 * @param {string} name
 * @returns {name is NodeJS.Signals}
 */
export function isSignal(name) {
  return name in constants.signals;
}

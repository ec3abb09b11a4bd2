import path from 'node:path';
import { run, say } from './child-process.mjs';
import {
  cacheFolders,
  foldersOnPath,
  has,
  isExecutable,
  libraryPathOf,
  unpackInto,
  writableCacheFolder,
} from './unpacked.mjs';

/** @typedef {{ command: string, libraryPath: string }} RedisBinary */

const NAMES = ['redis-server', 'valkey-server'];
const OLDEST = 6_002; // 6.2: BullMQ asks for it

/** @returns {Promise<RedisBinary | undefined>} a Redis (or Valkey) that runs here, on the path or fetched earlier */
export async function findRedisBinary() {
  for (const name of NAMES) {
    for (const folder of foldersOnPath()) {
      const binary = { command: path.join(folder, name), libraryPath: '' };
      if (await runs(binary)) return binary;
    }
  }
  for (const folder of cacheFolders()) {
    const binary = await unpackedIn(path.join(folder, 'redis'));
    if (binary) return binary;
  }
  return undefined;
}

/**
 * Gets a Redis by the system's package manager.
 * @returns {Promise<RedisBinary>}
 */
export async function fetchRedisBinary() {
  if (await has('apt-get')) return fetchWithApt();
  const manager = await installer();
  if (!manager) throw new Error(adviceFor('your package manager'));
  say(`no Redis found: running "${manager.join(' ')}"`);
  const [command = '', ...args] = manager;
  const installed = await run(command, args);
  const binary = await findRedisBinary();
  if (!binary) throw new Error(`${adviceFor(manager.join(' '))}\n${installed.stderr.trim()}`);
  return binary;
}

async function fetchWithApt() {
  const folder = path.join(await writableCacheFolder('Redis'), 'redis');
  say(`no Redis found: fetching Debian's package into ${folder} (nothing is installed in the system)`);
  const problems = [];
  for (const name of NAMES) {
    try {
      await unpackInto(name, folder, unpackedIn);
      break;
    } catch (error) {
      problems.push(String(error));
    }
  }
  const binary = await unpackedIn(folder);
  if (!binary) throw new Error(`${adviceFor('apt-get install redis-server')}\n${problems.join('\n')}`);
  return binary;
}

async function installer() {
  if (await has('brew')) return ['brew', 'install', 'redis'];
  if (await has('apk')) return withRoot(['apk', 'add', 'redis']);
  if (await has('dnf')) return withRoot(['dnf', 'install', '-y', 'redis']);
  return undefined;
}

/** @param {string[]} command */
function withRoot(command) {
  if (process.getuid?.() === 0) return command;
  throw new Error(adviceFor(command.join(' ')));
}

/** @param {string} install */
function adviceFor(install) {
  return [
    'No Redis 6.2 or newer was found and none could be fetched. One of these helps:',
    `  install redis-server or valkey-server (as root: ${install}), or`,
    '  start Docker, or',
    '  set REDIS_URL to a Redis that runs already (script/server only).',
  ].join('\n');
}

/**
 * @param {string} root a folder that Debian packages were unpacked into
 * @returns {Promise<RedisBinary | undefined>}
 */
async function unpackedIn(root) {
  const libraryPath = await libraryPathOf(root);
  for (const name of NAMES) {
    const binary = { command: path.join(root, 'usr', 'bin', name), libraryPath };
    if (await runs(binary)) return binary;
  }
  return undefined;
}

/** @param {RedisBinary} binary */
async function runs(binary) {
  if (!(await isExecutable(binary.command))) return false;
  const { code, stdout, stderr } = await run(binary.command, ['--version'], {
    env: redisEnvironment(binary),
  });
  const [, major = '0', minor = '0'] = /v=(\d+)\.(\d+)/.exec(stdout) ?? [];
  const newEnough = Number(major) * 1_000 + Number(minor) >= OLDEST;
  if (code === 0 && newEnough) return true;
  say(`passing over ${binary.command}: ${code === 0 ? `too old (${stdout.trim()})` : stderr.trim()}`);
  return false;
}

/**
 * @param {RedisBinary} binary
 * @returns {NodeJS.ProcessEnv} for starting it
 */
export function redisEnvironment({ libraryPath }) {
  return libraryPath === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
}

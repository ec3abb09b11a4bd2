import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { run, say } from './child-process.mjs';
import { unpackDebianPackage } from './debian-packages.mjs';

/** @typedef {{ command: string, libraryPath: string }} RedisBinary */

const NAMES = ['redis-server', 'valkey-server'];
const OLDEST = 6_002; // 6.2: BullMQ asks for it

/** @returns {Promise<RedisBinary | undefined>} a Redis (or Valkey) that runs here, on the path or fetched earlier */
export async function findRedisBinary() {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const name of NAMES) {
    for (const folder of onPath) {
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
  const folder = path.join(await writableCacheFolder(), 'redis');
  say(`no Redis found: fetching Debian's package into ${folder} (nothing is installed in the system)`);
  const problems = [];
  for (const name of NAMES) {
    // Unpacked aside and renamed: a start at the same time, or an interrupted one, never sees half a Redis.
    const aside = await mkdtemp(`${folder}-`);
    try {
      await unpackDebianPackage(name, aside);
      if (!(await unpackedIn(aside))) throw new Error(`the package ${name} holds no server that runs here`);
      await rm(folder, { recursive: true, force: true });
      await rename(aside, folder);
      break;
    } catch (error) {
      problems.push(String(error));
      await rm(aside, { recursive: true, force: true });
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
  const libraryPath = (await Promise.all([libraryFolders(`${root}/usr/lib`), libraryFolders(`${root}/lib`)]))
    .flat()
    .join(':');
  for (const name of NAMES) {
    const binary = { command: path.join(root, 'usr', 'bin', name), libraryPath };
    if (await runs(binary)) return binary;
  }
  return undefined;
}

/** @param {string} folder */
async function libraryFolders(folder) {
  const names = await readdir(folder).catch(() => []); // most packages have only one of the two
  return [folder, ...names.filter((name) => name.includes('-linux-')).map((name) => path.join(folder, name))];
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

/** @param {string} name */
async function has(name) {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = await Promise.all(folders.map((folder) => isExecutable(path.join(folder, name))));
  return found.includes(true);
}

/** @param {string} file */
function isExecutable(file) {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The user's cache serves every checkout; the checkout's own folder is for users without a home. */
function cacheFolders() {
  const home = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return [path.join(home, 'frontrow'), path.resolve(import.meta.dirname, '..', '..', '.data', 'bin')];
}

async function writableCacheFolder() {
  const problems = [];
  for (const folder of cacheFolders()) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
      return folder;
    } catch (error) {
      problems.push(String(error));
    }
  }
  throw new Error(`no folder to keep Redis in: ${problems.join('; ')}`);
}

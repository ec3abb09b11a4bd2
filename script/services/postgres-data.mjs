import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isProcess, run, say, stopInTurn } from './child-process.mjs';
import { readIfThere } from './files.mjs';
import { asFlags, cleanEnvironment, PASSWORD_ROUNDS, SIGNALS, USER } from './postgres-settings.mjs';

/** @typedef {import('./postgres-account.mjs').Place} Place */

/**
 * Collation is Postgres' own C.UTF-8: the same order on every machine, whatever locales are installed.
 * @param {string} initdb
 * @param {Place} place
 * @param {string} data
 * @param {string} password
 * @param {boolean} durable
 */
export async function initialise(initdb, { folder, account }, data, password, durable) {
  if ((await readIfThere(path.join(data, 'PG_VERSION'))) !== '') return;
  await rm(data, { recursive: true, force: true }); // what an interrupted initdb left
  const passwordFile = path.join(folder, 'initial-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(passwordFile, account.uid, account.gid);
  }
  const locale = '--encoding UTF8 --locale C --locale-provider builtin --builtin-locale C.UTF-8'.split(' ');
  const role = ['--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
  const rounds = asFlags({ scram_iterations: PASSWORD_ROUNDS });
  const speed = durable ? [] : ['--no-sync'];
  const made = await run(initdb, ['-D', data, ...role, ...locale, ...rounds, ...speed], {
    ...account,
    cwd: folder,
    env: cleanEnvironment(),
  });
  await rm(passwordFile, { force: true });
  if (made.code !== 0) throw new Error(`initdb failed:\n${made.stderr.trim()}`);
}

/**
 * After a kill -9 of everything, Postgres believes in its old pid file if that number is now somebody else's.
 * @param {string} data
 */
export async function clearStalePidFile(data) {
  const { pid } = await readPidFile(data);
  if (pid === undefined) return;
  if (await isProcess(pid, data)) {
    say(`stopping a Postgres that was left running (process ${pid})`);
    await stopInTurn(pid, () => isProcess(pid, data), SIGNALS);
  }
  await rm(path.join(data, 'postmaster.pid'), { force: true });
}

/**
 * The eighth line says "ready" once connections are taken; pg_ctl waits for the same.
 * @param {string} data
 * @returns {Promise<{ pid?: number, status?: string }>}
 */
export async function readPidFile(data) {
  const lines = (await readIfThere(path.join(data, 'postmaster.pid'))).split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, status: lines[7]?.trim() ?? '' } : {};
}

/**
 * @param {string} root
 * @returns {Promise<string>} made once and kept beside the data
 */
export async function passwordOf(root) {
  const file = path.join(root, 'postgres-password');
  await mkdir(root, { recursive: true });
  const known = await readIfThere(file);
  if (known !== '') return known;
  const password = randomBytes(18).toString('base64url');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

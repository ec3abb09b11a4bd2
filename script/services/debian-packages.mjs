import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { run, say } from './child-process.mjs';

/**
 * Downloads a Debian package with the libraries that this system lacks, and unpacks them into a folder.
 * Nothing is installed: no root needed, no system service started, and deleting the folder undoes it.
 * @param {string} name
 * @param {string} folder
 */
export async function unpackDebianPackage(name, folder) {
  const scratch = await mkdtemp(`${folder}-apt-`);
  try {
    const options = await download(name, scratch);
    const packages = (await readdir(scratch)).filter((file) => file.endsWith('.deb'));
    if (packages.length === 0) throw new Error(`apt offers no package ${name} (${options.problem})`);
    await mkdir(folder, { recursive: true });
    for (const file of packages) {
      const unpacked = await run('dpkg-deb', ['-x', path.join(scratch, file), folder]);
      if (unpacked.code !== 0) throw new Error(`cannot unpack ${file}: ${unpacked.stderr.trim()}`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Tries the system's package lists, then fresh ones of its own: the former may be absent (slim images) or
 * so old that the files they name are gone.
 * @param {string} name
 * @param {string} scratch
 */
async function download(name, scratch) {
  // apt as root drops to a user that cannot enter private folders, and then only warns.
  const base = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
  const first = await downloadWith(name, scratch, base);
  if (first === undefined) return { problem: '' };
  const lists = path.join(scratch, 'lists');
  const cache = path.join(scratch, 'cache');
  await mkdir(path.join(lists, 'partial'), { recursive: true });
  await mkdir(path.join(cache, 'archives', 'partial'), { recursive: true });
  const own = [...base, '-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  say(`  package lists are missing or old: reading fresh ones into a temporary folder`);
  const updated = await run('apt-get', [...own, '-o', 'Acquire::http::Timeout=20', 'update'], {
    cwd: scratch,
  });
  const second = await downloadWith(name, scratch, own);
  return { problem: second ?? updated.stderr.trim() };
}

/**
 * @param {string} name
 * @param {string} scratch
 * @param {string[]} options
 * @returns {Promise<string | undefined>} what went wrong, if anything
 */
async function downloadWith(name, scratch, options) {
  const plan = await run('apt-get', [...options, '--simulate', '--no-install-recommends', 'install', name]);
  if (plan.code !== 0) return plan.stderr.trim();
  const packages = new Set([name, ...newPackages(plan.stdout)]);
  const fetched = await run('apt-get', [...options, '--quiet', 'download', ...packages], { cwd: scratch });
  return fetched.code === 0 ? undefined : fetched.stderr.trim();
}

/**
 * Only what is new: `Inst libc6 [2.36] (2.37 …)` is an upgrade of a package that the system has, and a C
 * library beside the running one would break every program that finds it.
 * @param {string} plan
 */
function newPackages(plan) {
  return [...plan.matchAll(/^Inst (\S+) \(/gm)].flatMap((match) => match[1] ?? []);
}

import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { unpackDebianPackage } from './debian-packages.mjs';

// What programs share that are found on the path, or else unpacked into a cache without installing anything.

/** The user's cache serves every checkout; the checkout's own folder is for users without a home. */
export function cacheFolders() {
  const home = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return [path.join(home, 'frontrow'), path.resolve(import.meta.dirname, '..', '..', '.data', 'bin')];
}

/** @param {string} what is to be kept there, for people */
export async function writableCacheFolder(what) {
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
  throw new Error(`no folder to keep ${what} in: ${problems.join('; ')}`);
}

/**
 * Unpacked aside and renamed: a start at the same time, or an interrupted one, never sees half a program.
 * @param {string} name of a Debian package
 * @param {string} folder
 * @param {(aside: string) => Promise<unknown>} works whether what was unpacked runs here: something, or nothing
 */
export async function unpackInto(name, folder, works) {
  const aside = await mkdtemp(`${folder}-`);
  try {
    await unpackDebianPackage(name, aside);
    if (!(await works(aside))) throw new Error(`the package ${name} holds nothing that runs here`);
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * @param {string} root a folder that Debian packages were unpacked into
 * @returns {Promise<string>} its folders of libraries, as LD_LIBRARY_PATH has them
 */
export async function libraryPathOf(root) {
  const folders = await Promise.all([libraryFolders(`${root}/usr/lib`), libraryFolders(`${root}/lib`)]);
  return folders.flat().join(':');
}

/** @param {string} folder */
async function libraryFolders(folder) {
  const names = await readdir(folder).catch(() => []); // most packages have only one of the two
  return [folder, ...names.filter((name) => name.includes('-linux-')).map((name) => path.join(folder, name))];
}

/** @returns {string[]} */
export const foldersOnPath = () =>
  (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');

/** @param {string} name */
export async function has(name) {
  const found = await Promise.all(foldersOnPath().map((folder) => isExecutable(path.join(folder, name))));
  return found.includes(true);
}

/** @param {string} file */
export function isExecutable(file) {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

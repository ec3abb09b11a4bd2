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

/** @typedef {{ command: string, libraryPath: string }} Chromium */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const OF_MACS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const IN_PACKAGE = path.join('usr', 'lib', 'chromium', 'chromium');

/**
 * A browser for the tests of the pages: the one that CHROMIUM_PATH names, one of this system, one fetched earlier, or
 * Debian's package, unpacked into a cache.
 * @returns {Promise<Chromium>}
 * @throws Error that says what to do
 */
export async function bringChromium() {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    const browser = { command: named, libraryPath: '' };
    if (await runs(browser)) return browser;
    throw new Error(`CHROMIUM_PATH names ${named}, which does not run here.`);
  }
  return (await findChromium()) ?? fetchChromium();
}

/** @returns {Promise<Chromium | undefined>} */
async function findChromium() {
  const usual = NAMES.flatMap((name) => foldersOnPath().map((folder) => path.join(folder, name)));
  for (const command of [...usual, ...OF_MACS]) {
    const browser = { command, libraryPath: '' };
    if (await runs(browser)) return browser;
  }
  for (const folder of cacheFolders()) {
    const browser = await unpackedIn(path.join(folder, 'chromium'));
    if (browser) return browser;
  }
  return undefined;
}

/** @returns {Promise<Chromium>} */
export async function fetchChromium() {
  if (!(await has('apt-get'))) throw new Error(ADVICE);
  const folder = path.join(await writableCacheFolder('Chromium'), 'chromium');
  say(`no browser found: fetching Debian's Chromium into ${folder} (nothing is installed in the system)`);
  try {
    await unpackInto('chromium', folder, unpackedIn);
  } catch (error) {
    throw new Error(`${ADVICE}\n${String(error)}`, { cause: error });
  }
  const browser = await unpackedIn(folder);
  if (browser === undefined) throw new Error(ADVICE);
  return browser;
}

const ADVICE = [
  'No Chromium was found and none could be fetched. One of these helps:',
  '  install it (as root: apt-get install chromium), or',
  '  set CHROMIUM_PATH to a Chromium or Chrome.',
].join('\n');

/** @param {string} root */
async function unpackedIn(root) {
  const command = path.join(root, IN_PACKAGE); // What Debian starts it by names paths of the system.
  if (!(await isExecutable(command))) return undefined;
  const browser = { command, libraryPath: await libraryPathOf(root) };
  return (await runs(browser)) ? browser : undefined;
}

/** @param {Chromium} browser */
async function runs(browser) {
  if (!(await isExecutable(browser.command))) return false;
  const { command, libraryPath } = browser;
  const env = libraryPath === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
  const { code, stderr } = await run(command, ['--version'], { env, timeout: 20_000 });
  if (code === 0) return true;
  say(`passing over ${browser.command}: ${stderr.trim()}`);
  return false;
}

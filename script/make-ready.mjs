import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runStep } from './steps.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const NPM_CI = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Installs the packages, unless they are here, and makes sure that a Redis can be started.
 * @returns {Promise<boolean>} false when it failed: the reason was printed
 */
export async function makeReady() {
  if (!packagesAreInstalled()) {
    process.stderr.write('==> Installing packages (npm ci)\n');
    if ((await runStep('npm', NPM_CI, { cwd: ROOT, stdoutToStderr: true })) !== 0) return false;
  }
  const services = path.join(ROOT, 'script', 'services.mjs');
  return (await runStep(process.execPath, [services, '--check'])) === 0;
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm keeps a list of what it installed; comparing the
 * two is exact where dates of files are not: after a switch of branches, or a copied folder.
 */
function packagesAreInstalled() {
  try {
    const installed = packagesOf('node_modules/.package-lock.json');
    return [...packagesOf('package-lock.json')].every(([folder, wanted]) => {
      const found = installed.get(folder);
      // Binaries for other platforms are in the lock file and rightly not installed.
      return found ? found.get('version') === wanted.get('version') : wanted.get('optional') === true;
    });
  } catch {
    return false; // no node_modules yet
  }
}

/**
 * @param {string} file
 * @returns {Map<string, Map<string, unknown>>} packages by the folder they belong in
 */
function packagesOf(file) {
  /** @type {unknown} */
  const lock = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
  const packages = [...fieldsOf(fieldsOf(lock).get('packages'))].filter(([folder]) => folder !== '');
  return new Map(packages.map(([folder, entry]) => [folder, fieldsOf(entry)]));
}

/**
 * @param {unknown} value
 * @returns {Map<string, unknown>} its fields; none when it is no object
 */
function fieldsOf(value) {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

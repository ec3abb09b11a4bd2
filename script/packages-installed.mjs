// Exit code 0 when node_modules holds what package-lock.json asks for. npm keeps a list of what it installed;
// comparing the two is exact where dates of files are not: after a switch of branches, or a copied folder.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

/**
 * @param {unknown} value
 * @returns {Map<string, unknown>} its fields; none when it is no object
 */
function fieldsOf(value) {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
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

function isComplete() {
  const installed = packagesOf('node_modules/.package-lock.json');
  for (const [folder, wanted] of packagesOf('package-lock.json')) {
    const found = installed.get(folder);
    // Binaries for other platforms are in the lock file and rightly not installed.
    if (found ? found.get('version') !== wanted.get('version') : wanted.get('optional') !== true)
      return false;
  }
  return true;
}

try {
  process.exitCode = isComplete() ? 0 : 1;
} catch {
  process.exitCode = 1; // no node_modules yet
}

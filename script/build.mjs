import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runStep } from './steps.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const STAMP = path.join(ROOT, 'dist', '.sources');
const CONFIGURATION = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/**
 * `npm run build`, unless dist was built from exactly these sources.
 * @returns {Promise<boolean>} false when it failed
 */
export async function buildIfNeeded() {
  const sources = fingerprint();
  if (readStamp() === sources) return true;
  process.stderr.write('==> Building\n');
  if ((await runStep('npm', ['run', '--silent', 'build'])) !== 0) return false;
  // Written last: a build that failed half way is not taken for a whole one.
  writeFileSync(STAMP, sources);
  return true;
}

/** The names count too: a deleted source must not live on in dist. */
function fingerprint() {
  const inside = readdirSync(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const files = [...inside, ...CONFIGURATION.map((name) => path.join(ROOT, name))].sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function readStamp() {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return ''; // never built
  }
}

// `npm run test:page`: the demo page in a real browser, on a service of its own. Apart from script/test, since not every
// machine has a browser. SCREENSHOTS names a folder to leave pictures in.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildIfNeeded } from '../../script/build.mjs';
import { passSignalsOn, runStep } from '../../script/steps.mjs';

const JEST = createRequire(import.meta.url).resolve('jest/bin/jest');
const chromium = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';

passSignalsOn();
process.chdir(path.resolve(import.meta.dirname, '../..'));
process.exitCode = await walk();

async function walk() {
  if (!existsSync(chromium)) {
    console.error(
      `No browser at ${chromium}: install Chromium (apt-get install chromium), or name one by CHROMIUM_PATH.`,
    );
    return 1;
  }
  if (!(await buildIfNeeded())) return 1;
  const args = [JEST, '--testMatch', '<rootDir>/test/public/*.walk.ts', ...process.argv.slice(2)];
  return runStep(process.execPath, args, { env: { ...process.env, CHROMIUM_PATH: chromium } });
}

// `npm run test:page`: the stories of the pages in a real browser, on a service of their own. Apart from script/test, since
// not every machine has a browser. SCREENSHOTS names a folder to leave pictures in; words choose story files.
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildIfNeeded } from '../../script/build.mjs';
import { bringChromium } from '../../script/services/chromium.mjs';
import { say } from '../../script/services/child-process.mjs';
import { passSignalsOn, runStep } from '../../script/steps.mjs';

const JEST = createRequire(import.meta.url).resolve('jest/bin/jest');

passSignalsOn();
process.chdir(path.resolve(import.meta.dirname, '../..'));
process.exitCode = await tellStories();

async function tellStories() {
  let browser;
  try {
    browser = await bringChromium();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
  if (!(await buildIfNeeded())) return 1;
  if (process.env['SCREENSHOTS']) await mkdir(process.env['SCREENSHOTS'], { recursive: true });
  const { command, libraryPath } = browser;
  const env = { ...process.env, CHROMIUM_PATH: command, CHROMIUM_LIBRARIES: libraryPath };
  return runStep(process.execPath, [JEST, '--config', 'jest.pages.config.js', ...process.argv.slice(2)], {
    env,
  });
}

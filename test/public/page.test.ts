import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, textOf } from '../support/files';

const PAGES = path.join(ROOT, 'public');
const SWAGGER = path.dirname(require.resolve('swagger-ui-dist/package.json'));
const files = readdirSync(PAGES, { recursive: true, encoding: 'utf8' });
const scripts = files.filter((file) => file.endsWith('.js'));
const pages = files.filter((file) => file.endsWith('.html'));
const views = [
  'account',
  'best-seats',
  'hall',
  'holding',
  'language',
  'leaving',
  'operator',
  'paying',
  'presale',
  'room',
  'tickets',
  'waitlist',
].map((name) => `views/${name}.mjs`);
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);

/** Whether a path is served: by the folder itself, or as a part of Swagger UI. */
function isServed(address: string): boolean {
  if (files.includes(address.slice(1))) return true;
  return address.startsWith('/docs/') && readdirSync(SWAGGER).includes(address.slice('/docs/'.length));
}

describe('the demo page and the documentation page', () => {
  test.each(pages)('%s has no script, handler or address that the security policy forbids', (page) => {
    const text = textOf(`public/${page}`);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(text).not.toMatch(/<[^>]*\son\w+=/);
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  test.each(pages)('%s refers only to files that are there', (page) => {
    const addresses = found(textOf(`public/${page}`), /(?:src|href)="(\/[^"]*\.(?:js|css|svg))"/g);
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter((address) => !isServed(address))).toEqual([]);
  });

  test.each(scripts)('%s imports only files that are there, and never makes markup of data', (script) => {
    const text = textOf(`public/${script}`);
    const imported = found(text, /from '(\.[^']*)'/g);
    expect(imported.filter((name) => !files.includes(path.join(path.dirname(script), name)))).toEqual([]);
    expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
    expect(text).not.toMatch(/https?:\/\//);
  });

  test('what a view needs is asked for before its imports say so: nothing is missing, nothing is there in vain', () => {
    const importedBy = (script: string, pattern: RegExp): string[] =>
      found(textOf(`public/${script}`), pattern).map((name) => path.join(path.dirname(script), name));
    const withImports = (script: string, known = new Set<string>()): Set<string> => {
      for (const name of importedBy(script, /from '(\.[^']*)'/g))
        if (!known.has(name)) withImports(name, known.add(name));
      return known;
    };
    const first = withImports('app.js');
    const views = importedBy('app.js', /import\('(\.[^']*)'\)/g);
    const rest = new Set(
      views.flatMap((view) => [view, ...withImports(view)]).filter((name) => !first.has(name)),
    );
    const preloaded = found(textOf('public/index.html'), /rel="modulepreload" href="\/([^"]+)"/g);
    expect(preloaded.sort()).toEqual([...first].sort());
    expect(found(textOf('public/js/later.js'), /'([^']+\.js)'/g).sort()).toEqual([...rest].sort());
    expect(
      found(textOf('public/js/later.js'), /'([^']+\.css)'/g).filter((name) => !files.includes(name)),
    ).toEqual([]);
  });

  test.each(['client.mjs', 'words.mjs', ...views])('its modules do what %s says', async (file) => {
    const run = promisify(execFile)(process.execPath, ['--test', path.join(__dirname, file)]);
    // The report of Node's own runner says what failed.
    await expect(
      run.catch((error: { stdout: string }) => Promise.reject(error.stdout)),
    ).resolves.toBeDefined();
  });
});

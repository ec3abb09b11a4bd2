import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { withPreloads } from '../../src/api/module-graph';

const folder = mkdtempSync(path.join(tmpdir(), 'frontrow-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, ...lines: string[]): void =>
  writeFileSync(path.join(folder, name), lines.join('\n'));
const preloaded = (html: string): string[] =>
  [...html.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, name = '']) => name);

test('every module that a page comes to import is told in its head, each once, and nothing else', () => {
  write('app.js', `import './first.js';`, `import {`, `  a,`, `  b,`, `} from './second.js';`);
  write('first.js', `export { c } from '/third.js';`, `import fs from 'not-ours';`);
  write(
    'second.js',
    `import { d } from "./app.js";`,
    `export function path() {`,
    `  return '/api/bookings';`,
    `}`,
  );
  write('third.js', `import { e } from './first.js';`, `const later = () => import('./later.js');`);
  const html = '<head>\n    <script type="module" src="/app.js"></script>\n  </head>';
  const made = withPreloads(html, folder);
  expect(preloaded(made)).toEqual(['/first.js', '/second.js', '/third.js']);
  expect(made.endsWith('    <script type="module" src="/app.js"></script>\n  </head>')).toBe(true);
});

test('a page without modules stays as it is; one whose module is missing is not served', () => {
  expect(withPreloads('<head><script src="/a.js" defer></script></head>', folder)).toBe(
    '<head><script src="/a.js" defer></script></head>',
  );
  expect(() => withPreloads('<script type="module" src="/none.js"></script>', folder)).toThrow(/none\.js/);
});

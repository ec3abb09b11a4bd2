import { readFileSync } from 'node:fs';
import path from 'node:path';

const SCRIPT = /<script type="module" src="([^"]+)"><\/script>/g;
const IMPORT = /^(?:import|export) (?:[^'"(;]*? from )?['"](\.{0,2}\/[^'"]+)['"]/gm;

/**
 * The page with a line in its head for each module that its scripts import, and those in turn: else a browser hears of a
 * module when it has read the one that imports it, and a phone far from the mast waits once for each step of that chain.
 * @param folder that `/` stands for
 */
export function withPreloads(html: string, folder: string): string {
  const known = new Set<string>();
  for (const [, src = ''] of html.matchAll(SCRIPT)) known.add(src);
  const entries = known.size;
  // A set may grow while it is gone through: what is added is visited too.
  for (const address of known) {
    const source = readFileSync(path.join(folder, address), 'utf8');
    for (const [, name = ''] of source.matchAll(IMPORT))
      known.add(path.posix.resolve(path.posix.dirname(address), name));
  }
  const lines = [...known]
    .slice(entries)
    .map((address) => `    <link rel="modulepreload" href="${address}" />\n`);
  return html.replace(/^ *<script type="module"/m, (script) => `${lines.join('')}${script}`);
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT, textOf } from '../support/files';
import { OpenApi } from '../support/openapi';
import { Stack } from '../support/stack';

const page = textOf('docs/seeds.md');
const lines = page.split('\n');

/** Of a table's rows and of headings: where the page speaks of this service, not of the documents that it grew from. */
const oursIn = (line: string): string => (line.startsWith('|') ? (line.split('|')[3] ?? '') : line);

describe('the routes that docs/seeds.md names', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ webs: 1, workers: 0 });
  });
  afterAll(async () => stack.stop());

  test('are those of the contract', async () => {
    const { operations } = await OpenApi.of(stack.origin());
    const named = lines
      .filter((line) => line.startsWith('|') || line.startsWith('### '))
      .flatMap((line) => [...oursIn(line).matchAll(/`([A-Z]+ \/api[^`]*)`/g)])
      .map(([, route = '']) => route.replaceAll(/:(\w+)/g, '{$1}'));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((route) => !operations.has(route))).toEqual([]);
  });
});

test('the tables and columns that docs/seeds.md draws are those of the schema', () => {
  const schema = new Map(
    textOf('migrations/schema.txt')
      .split('\nTABLE ')
      .map((table): [string, string] => [table.slice(0, table.indexOf('\n')), table]),
  );
  const drawn = [...page.matchAll(/^ {2}(\w+) \{\n([^}]*)\}/gm)];
  expect(drawn.length).toBeGreaterThan(8);
  for (const [, name = '', columns = ''] of drawn) {
    const table = schema.get(name);
    expect({ name, is: table !== undefined }).toEqual({ name, is: true });
    for (const [, column = ''] of columns.matchAll(/^ +\w+ (\w+)/gm))
      expect({ column: `${name}.${column}`, is: table?.includes(`\n  ${column} `) }).toMatchObject({
        is: true,
      });
  }
});

test('what docs/seeds.md links to is there', () => {
  const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  expect(links).not.toEqual([]);
  expect(links.filter((link) => !existsSync(path.join(ROOT, 'docs', link)))).toEqual([]);
});

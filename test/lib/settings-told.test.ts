import { describe, expect, test } from '@jest/globals';
import { REDIS_FORMS } from '../../src/lib/redis-url';
import { readSettings, SettingsSchema } from '../../src/lib/settings';
import { textOf } from '../support/files';

const NAMES = Object.keys(SettingsSchema.shape).toSorted();
const { operator } = readSettings({});
/** As they would be written: what the schema says, and the operator whom development makes. */
const DEFAULTS = new Map(
  Object.entries({
    ...SettingsSchema.parse({}),
    OPERATOR_EMAIL: operator?.email,
    OPERATOR_PASSWORD: operator?.password,
  }).map(([name, value]) => [
    name,
    typeof value === 'object' || value === undefined ? undefined : String(value),
  ]),
);

const codesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The rows of the table under README's heading "Settings": the settings of each, and the defaults told. */
function readmeRows(): { names: string[]; defaults: string[] }[] {
  const section = /^### Settings\n([\s\S]*?)^## /m.exec(textOf('README.md'))?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [, names = '', defaults = ''] = row.split('|');
    return { names: codesIn(names), defaults: codesIn(defaults) };
  });
}

/** The lines of .env.example that set something, or would without their `#`. */
function exampleLines(): { name: string; value: string; active: boolean }[] {
  return [...textOf('.env.example').matchAll(/^(# ?)?([A-Z][A-Z_]+)=(.*)$/gm)].map(
    ([, comment, name = '', value = '']) => ({ name, value, active: comment === undefined }),
  );
}

describe('README’s table of settings', () => {
  test('has every setting once', () => {
    expect(
      readmeRows()
        .flatMap(({ names }) => names)
        .toSorted(),
    ).toEqual(NAMES);
  });

  test('tells each default, and none where there is none', () => {
    const told = readmeRows().map(({ names, defaults }) => [names.join(), defaults]);
    const right = readmeRows().map(({ names }) => [
      names.join(),
      names.flatMap((name) => DEFAULTS.get(name) ?? []),
    ]);
    expect(told).toEqual(right);
  });
});

describe('.env.example', () => {
  test('has every setting once', () => {
    expect(
      exampleLines()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(NAMES);
  });

  test('sets what is the default anyway', () => {
    for (const { name, value, active } of exampleLines())
      if (active) expect(`${name}=${value}`).toBe(`${name}=${DEFAULTS.get(name)}`);
  });

  test('suggests only what would be taken', () => {
    const all = Object.fromEntries(exampleLines().map(({ name, value }) => [name, value]));
    expect(() => readSettings(all)).not.toThrow();
  });
});

test.each(['README.md', '.env.example'])('%s tells every form of REDIS_URL', (file) => {
  const schemes = REDIS_FORMS.map((form) => form.split('//')[0] ?? '');
  expect(schemes.filter((scheme) => !textOf(file).includes(`${scheme}//`))).toEqual([]);
});

// The texts of the fan's page: one table per language, and none beside them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import en from '../../public/js/words/en.js';
import ko from '../../public/js/words/ko.js';

/** @typedef {string | Record<string, string>} Text */
/** @type {Record<string, Record<string, Text>>} */
const TABLES = { en, ko };
const ROOT = path.resolve(import.meta.dirname, '../..');
const PUBLIC = path.join(ROOT, 'public');
/** @param {string} file */
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');

const scripts = readdirSync(path.join(PUBLIC, 'js'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.js') && !/operator|^words/.test(file))
  .map((file) => `public/js/${file}`)
  .concat('public/app.js');
/** @param {string} file */
const codeOf = (file) => read(file).replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');

/** @param {Text} text */
const forms = (text) => (typeof text === 'string' ? [text] : Object.values(text));
/** @param {string} text */
const values = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

test('every language has the same texts, with the same values in each', () => {
  for (const [tag, table] of Object.entries(TABLES)) {
    assert.deepEqual(Object.keys(table).sort(), Object.keys(en).sort(), tag);
    for (const [key, text] of Object.entries(table)) {
      const wanted = values(forms(/** @type {Record<string, Text>} */ (en)[key] ?? '').at(-1) ?? '');
      for (const form of forms(text)) {
        assert.notEqual(form.trim(), '', `${tag} ${key}`);
        const unknown = values(form).filter((name) => !wanted.includes(name));
        assert.deepEqual(unknown, [], `${tag} ${key}`);
      }
      // "About a minute" needs no number; the form for all the others does.
      assert.deepEqual(values(forms(text).at(-1) ?? ''), wanted, `${tag} ${key}`);
    }
  }
});

test('a text with forms has those of its language', () => {
  for (const [tag, table] of Object.entries(TABLES)) {
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
    for (const [key, text] of Object.entries(table))
      if (typeof text !== 'string')
        assert.deepEqual(Object.keys(text).sort(), [...pluralCategories].sort(), `${tag} ${key}`);
  }
});

test('every problem of the service has its words in every language', () => {
  const codes = [...read('src/lib/problems.ts').matchAll(/^ {2}([A-Z][A-Z_]+): \{ status/gm)].map(
    ([, code]) => code,
  );
  assert.ok(codes.length > 40);
  for (const [tag, table] of Object.entries(TABLES)) {
    const untold = codes.filter((code) => !table[`problem.${code}`] || !table[`problem.${code}.why`]);
    assert.deepEqual(untold, [], tag);
  }
});

test('what the page says is in the table, and what is in the table is said', () => {
  const code = scripts.map(codeOf).join('\n') + read('public/index.html');
  const named = new Set([...code.matchAll(/['"]([a-z]\w*(?:\.\w+)*)['"]/gi)].map(([, key]) => key));
  const prefixes = [...code.matchAll(/`([a-z]+\.)\$\{/gi)].map(([, prefix]) => prefix ?? '');
  const said = [...code.matchAll(/\bt\('([^']+)'/g)].map(([, key]) => key ?? '');
  assert.deepEqual(
    said.filter((key) => !Object.hasOwn(en, key)),
    [],
  );
  const unsaid = Object.keys(en).filter(
    (key) => !named.has(key) && !prefixes.some((start) => key.startsWith(start)),
  );
  assert.deepEqual(unsaid, []);
});

// Names of keys, headers and the like: nobody reads them.
const NO_TEXT =
  /^(?:Arrow(?:Left|Right|Up|Down)|Home|End|Escape|Enter|AbortError|ProblemError|Notification|Authorization|Content-Type|Idempotency-Key|If-None-Match|Prefer|X-Queue-Token|Bearer .*|Node)$/;

test('no text stands outside the table', () => {
  /** @type {string[]} */
  const found = [];
  for (const file of scripts) {
    const code = codeOf(file)
      .replaceAll(/^import[\s\S]*?;$/gm, '')
      .replaceAll(/className: (?:'[^']*'|`[^`]*`)/g, '')
      .replaceAll(/querySelector(?:All)?\([^)]*\)/g, '')
      .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '');
    for (const [, single, template] of code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`([^`]*)`/g)) {
      const text = single ?? template ?? '';
      const isText =
        /[A-Za-z]{2,} [a-z]{2,}/i.test(text) || /^[A-Z][a-z]+/.test(text) || /[가-힣]/.test(text);
      if (isText && !NO_TEXT.test(text)) found.push(`${file}: ${text}`);
    }
  }
  assert.deepEqual(found.sort(), [
    // By its own speakers' name; a font; a command for who checks a draw.
    'public/js/draw-proof.js: npm run verify:draw --  ',
    'public/js/hall/picture.js: px system-ui, sans-serif',
    ...['English', '한국어'].map((name) => `public/js/language.js: ${name}`),
  ]);
});

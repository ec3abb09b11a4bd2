import { LRUCache } from 'lru-cache';

/** What a cell is wrong about, in words that follow its column's name. */
export class CellFault extends Error {
  override name = 'CellFault';
}

/** One seat as a plan names it. */
export interface PlannedSeat {
  section: string;
  row: string;
  /** What is printed on the chair. */
  number: string;
  price: number;
  quality: number | null;
  attributes: Readonly<Record<string, string>>;
  standing: boolean;
}

export const REQUIRED = ['section', 'row', 'number', 'price'] as const;
export const OPTIONAL = ['quality', 'attributes', 'standing'] as const;
export type Column = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

const LONGEST_NAME = 50;
const LONGEST_NUMBER = 10;
const LONGEST_VALUE = 200;
const HIGHEST_PRICE = 1_000_000_000;
// What the qualities of a row and of a seat in it can add up to.
const HIGHEST_QUALITY = 2000;

// A hall has a few kinds of seats, and writes each of them thousands of times.
const KNOWN = new LRUCache<string, PlannedSeat['attributes']>({ max: 500 });

/** How each column is read. `cell`: trimmed. @throws CellFault */
export const READ: { [Name in Column]: (cell: string) => PlannedSeat[Name] } = {
  section: (cell) => named(cell, LONGEST_NAME),
  row: (cell) => named(cell, LONGEST_NAME),
  number: (cell) => named(cell, LONGEST_NUMBER),
  price: (cell) => wholeNumber(cell, 0, HIGHEST_PRICE),
  quality: (cell) => (cell === '' ? null : wholeNumber(cell, -HIGHEST_QUALITY, HIGHEST_QUALITY)),
  attributes: (cell) => {
    const known = KNOWN.get(cell);
    if (known !== undefined) return known;
    const attributes = Object.freeze(attributesOf(cell));
    KNOWN.set(cell, attributes);
    return attributes;
  },
  standing: (cell) => {
    if (cell === '' || /^(false|no|0)$/i.test(cell)) return false;
    if (/^(true|yes|1)$/i.test(cell)) return true;
    throw new CellFault(`must be true or false, or empty, not ${quoted(cell)}`);
  },
};

function named(cell: string, longest: number): string {
  if (cell === '') throw new CellFault('is empty');
  if (cell.length > longest) throw new CellFault(`has more than ${longest} characters`);
  // oxlint-disable-next-line no-control-regex -- What nobody can print on a chair, nor see in a file.
  if (/[\u0000-\u001f\u007f]/.test(cell)) throw new CellFault('holds a control character or a line break');
  return cell;
}

function wholeNumber(cell: string, least: number, most: number): number {
  if (cell === '') throw new CellFault('is empty');
  if (!/^-?\d{1,15}$/.test(cell)) {
    throw new CellFault(`must be a whole number, with digits alone, not ${quoted(cell)}`);
  }
  const value = Number(cell);
  if (value < least || value > most)
    throw new CellFault(`must be from ${least} to ${most}, not ${quoted(cell)}`);
  return value;
}

// Read from left to right, a `\` with what follows it: to look back from each character for those before it takes long.
const PARTS = /(?:\\[^]|[^;\\]|\\$)+/g;
const NAME_AND_VALUE = /^((?:\\[^]|[^=\\])*)=((?:\\[^]|[^=\\]|\\$)*)$/;

const NONE: PlannedSeat['attributes'] = Object.freeze({});

/** Such as `accessible=true;view=side`. A `;`, `=` or `\` that belongs to a text has a `\` before it. */
function attributesOf(cell: string): PlannedSeat['attributes'] {
  if (cell === '') return NONE;
  const found = new Map<string, string>();
  for (const part of cell.match(PARTS) ?? []) {
    if (part.trim() === '') continue;
    const [, name, value] = (NAME_AND_VALUE.exec(part) ?? []).map((text) => unescaped(text.trim()));
    if (name === undefined || value === undefined) {
      throw new CellFault(`must be written as name=value;name=value, not ${quoted(part)}`);
    }
    if (found.has(name)) throw new CellFault(`has ${quoted(name)} twice`);
    found.set(named(name, LONGEST_NAME), named(value, LONGEST_VALUE));
  }
  // In one order: the same attributes are then the same to whoever compares them.
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const unescaped = (text: string): string => text.replaceAll(/\\([\\;=])/g, '$1');

/** The cell that reads as these. */
export const attributesCell = (attributes: Readonly<Record<string, string | null>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${escaped(name)}=${escaped(value ?? '')}`)
    .join(';');

const escaped = (text: string): string => text.replaceAll(/[\\;=]/g, String.raw`\$&`);

const LONGEST_QUOTE = 40;

export const quoted = (text: string): string =>
  `“${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}”`;

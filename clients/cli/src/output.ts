import { FrontrowProblem } from '@frontrow/client';

/** Where results go. What is said on the way, and of faults, goes to the error output: a script reads the results alone. */
export interface Output {
  /** One result: as JSON, or as lines of name and value. */
  one(result: object): void;
  /** Many alike: as JSON, or as a table. */
  many(rows: readonly object[]): void;
  say(text: string): void;
}

export function createOutput(isJson: boolean): Output {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const json = (value: unknown): void => print(JSON.stringify(value, null, 2));
  return {
    one: (result) => (isJson ? json(result) : print(lines(result))),
    many: (rows) => (isJson ? json(rows) : print(table(rows))),
    say: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** A fault in words: what is wrong, and by which id operators find it. */
export function faultText(error: unknown, origin: string): string {
  if (error instanceof FrontrowProblem) {
    const more = (error.body.errors ?? []).map(({ path, message }) => `\n  ${path}: ${message}`).join('');
    const request = error.requestId === null ? '' : ` (request ${error.requestId})`;
    return `${error.message}${more}${request}`;
  }
  if (error instanceof Error && error.name === 'UnreachableError')
    return `No answer from ${origin}. Is the service running? Name another by --url or FRONTROW_URL.`;
  return error instanceof Error ? error.message : String(error);
}

function lines(result: object): string {
  const entries = Object.entries(result);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${text(value)}`).join('\n');
}

function table(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (names.length === 0) return '(none)';
  const cells = [
    names,
    ...rows.map((row) => names.map((name) => text(new Map(Object.entries(row)).get(name)))),
  ];
  const widths = names.map((_name, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  // Others have written it: a terminal obeys such characters, and a table would break.
  return said.replaceAll(/\p{Cc}/gu, '\uFFFD');
}

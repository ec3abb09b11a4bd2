import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import type { Logger } from '../lib/logger';
import type { Answer, Reply } from './endpoint';

/** What stands in a cell: a date as ISO 8601, null as nothing. */
export type CsvCell = string | number | boolean | Date | null;

/** A column's head, and what of a row stands in it. */
export type CsvColumns<Row> = Record<string, (row: Row) => CsvCell>;

/** How the OpenAPI document tells of such a table. */
export const csvAnswer = (description: string): Answer => ({
  description,
  schema: z.string(),
  type: 'text/csv',
  headers: ['Cache-Control', 'Content-Disposition'],
});

/**
 * A table to open in a spreadsheet, sent while its rows are read: none has to fit into memory. Where the first cannot be read this
 * throws, like any other call; later on the connection is cut, so that nobody takes a part for the whole.
 * @param fileName without the ending @param logger told why it was cut: the client cannot be
 */
export async function csvReply<Row>(
  fileName: string,
  columns: CsvColumns<Row>,
  rows: AsyncIterable<Row>,
  logger: Pick<Logger, 'error'>,
): Promise<Reply> {
  const cells = cellsOf(columns, rows);
  const first = await cells.next();
  const told = (error: unknown): void => logger.error({ err: error, fileName }, 'a table was cut off');
  const table = Readable.from(first.done === true ? [] : beginningWith(first.value, cells, told));
  return {
    status: 200,
    // Nobody waits for the end of it: who reads it hears of its faults.
    body: pipeline(table, csvWriter(Object.keys(columns)), () => undefined),
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${fileName}.csv"`,
      'Cache-Control': 'no-store',
    },
  };
}

const csvWriter = (heads: string[]) =>
  stringify({
    header: true,
    columns: heads,
    // Excel takes text for Latin-1 unless this stands in front.
    bom: true,
    record_delimiter: 'windows',
    // Whoever gives themselves the name "=HYPERLINK(…)" must not have it run at an operator's desk.
    escape_formulas: true,
    cast: { boolean: String, date: (date) => date.toISOString() },
  });

async function* cellsOf<Row>(columns: CsvColumns<Row>, rows: AsyncIterable<Row>): AsyncGenerator<CsvCell[]> {
  const cells = Object.values(columns);
  for await (const row of rows) yield cells.map((cell) => cell(row));
}

async function* beginningWith<Item>(
  first: Item,
  others: AsyncIterable<Item>,
  told: (error: unknown) => void,
): AsyncGenerator<Item> {
  yield first;
  try {
    yield* others;
  } catch (error) {
    told(error);
    throw error;
  }
}

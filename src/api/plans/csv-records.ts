import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CsvError, parse } from 'csv-parse';

/** One line of a CSV file, or several where a quoted cell goes on. */
export interface CsvRecord {
  /** The first of them. */
  line: number;
  cells: string[];
}

export interface CsvFault {
  line: number;
  message: string;
}

export interface CsvPart {
  records: CsvRecord[];
  faults: CsvFault[];
}

// So few that the process serves others in between.
const PIECE_BYTES = 8 * 1024;
const LONGEST_RECORD = 10_000;
const NEWLINE = 0x0a;

/**
 * Reads a CSV file in pieces. A line that cannot be read is told, and reading goes on behind it: a quote that is never
 * closed would else swallow all that follows.
 */
export async function* readCsv(bytes: Buffer, delimiter: string): AsyncGenerator<CsvPart> {
  let offset = 0;
  let line = 1;
  while (offset < bytes.length) {
    const parser = new PieceParser(delimiter, line);
    let at = offset;
    while (at < bytes.length && parser.fault === null) {
      yield { records: await parser.take(bytes.subarray(at, at + PIECE_BYTES)), faults: [] };
      at += PIECE_BYTES;
    }
    yield { records: await parser.end(), faults: [] };
    if (parser.fault === null) return;
    const { fault, readBytes } = parser;
    yield { records: [], faults: [fault] };
    const broken = bytes.indexOf(NEWLINE, offset + readBytes);
    if (broken < 0) return;
    offset = broken + 1;
    line = fault.line + 1;
  }
}

/** Reads on from one line until the end, or until one that cannot be read. */
class PieceParser {
  fault: CsvFault | null = null;
  /** How far whole records were read. */
  readBytes = 0;
  #line: number;
  readonly #firstLine: number;
  #records: CsvRecord[] = [];
  readonly #parser;

  constructor(delimiter: string, firstLine: number) {
    this.#line = firstLine;
    this.#firstLine = firstLine;
    this.#parser = parse({
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      max_record_size: LONGEST_RECORD,
      on_record: (cells: string[], { lines, bytes }) => {
        this.#records.push({ line: this.#line, cells });
        this.#line = this.#firstLine + lines;
        this.readBytes = bytes;
        return null;
      },
    });
    this.#parser.on('error', (error: CsvError) => {
      this.fault ??= { line: this.#line, message: WORDS[error.code] ?? 'cannot be read' };
    });
    this.#parser.resume();
  }

  async take(piece: Buffer): Promise<CsvRecord[]> {
    this.#parser.write(piece);
    return this.#given();
  }

  async end(): Promise<CsvRecord[]> {
    if (this.fault === null) this.#parser.end();
    return this.#given();
  }

  async #given(): Promise<CsvRecord[]> {
    await nextTurn(); // Its faults are told in a turn of their own, too.
    const records = this.#records;
    this.#records = [];
    return records;
  }
}

const WORDS: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: 'is too long: perhaps a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote; a quote within a text is written twice',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a text; write the whole text in quotes',
};

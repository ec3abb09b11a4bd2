import { CellFault, type Column, OPTIONAL, type PlannedSeat, quoted, READ, REQUIRED } from './plan-columns';
import { type CsvRecord, readCsv } from './csv-records';

export interface PlanFault {
  /** null: of the file as a whole. */
  line: number | null;
  column: string | null;
  message: string;
}

export interface PlanReading {
  /** Those that could be read, in the order of the file. All of them when there are no faults. */
  seats: PlannedSeat[];
  faults: PlanFault[];
  /** There are more faults than are told. */
  moreFaults: boolean;
}

export const MOST_SEATS = 100_000;
export const MOST_FAULTS = 100;
/** What Unicode has for a character that could not be read. */
const UNREADABLE = '\uFFFD';

/** Reads a plan that names each seat, with every fault of it, up to a hundred. Others are served meanwhile. */
export async function readPlan(text: string): Promise<PlanReading> {
  const plain = (text.startsWith('\uFEFF') ? text.slice(1) : text).replaceAll(/\r\n?/g, '\n');
  const reader = new PlanReader();
  for await (const { records, faults } of readCsv(Buffer.from(plain), delimiterOf(plain))) {
    for (const fault of faults) reader.tell(fault.line, null, fault.message);
    for (const record of records) reader.take(record);
    if (reader.isDone) break;
  }
  return reader.end();
}

/** What stands most often in the first line, outside of quotes. */
function delimiterOf(text: string): string {
  const firstLine =
    /[^\s][^\n]*/
      .exec(text)?.[0]
      .slice(0, 1000)
      .replaceAll(/"[^"]*"/g, '') ?? '';
  const often = (delimiter: string): number => firstLine.split(delimiter).length;
  return [',', ';', '\t'].reduce((most, each) => (often(each) > often(most) ? each : most));
}

class PlanReader {
  readonly #seats: PlannedSeat[] = [];
  readonly #faults: PlanFault[] = [];
  /** Where each column stands; null before the header. */
  #columns: Map<Column, number> | null = null;
  #width = 0;
  #isOver = false;
  /** Each seat's line, and each row's last one: for what may be there only once. */
  readonly #seatLines = new Map<string, number>();
  readonly #rowLines = new Map<string, number>();
  #currentRow = '';

  /** Nothing that follows is worth reading. */
  get isDone(): boolean {
    return this.#isOver || this.#faults.length > MOST_FAULTS;
  }

  tell(line: number | null, column: string | null, message: string): void {
    this.#faults.push({ line, column, message });
  }

  take({ line, cells }: CsvRecord): void {
    if (this.isDone) return;
    const texts = cells.map((cell) => cell.trim());
    if (texts.every((text) => text === '')) return; // Spreadsheets leave such lines behind.
    if (this.#columns === null) this.#readHeader(line, texts);
    else this.#readSeat(line, texts, this.#columns);
  }

  end(): PlanReading {
    const isWhole = !this.isDone;
    if (isWhole && this.#columns === null && this.#faults.length === 0)
      this.tell(null, null, 'the file is empty');
    else if (isWhole && this.#seats.length === 0 && this.#faults.length === 0) {
      this.tell(null, null, 'the file names no seat: only a line with the names of the columns');
    }
    const faults = this.#faults.slice(0, MOST_FAULTS);
    return { seats: this.#seats, faults, moreFaults: this.#faults.length > MOST_FAULTS };
  }

  #readHeader(line: number, names: readonly string[]): void {
    const known: readonly string[] = [...REQUIRED, ...OPTIONAL];
    const columns = new Map<Column, number>();
    for (const [place, text] of names.entries()) {
      const name = known.find((each) => each === text.toLowerCase());
      if (text === '') this.tell(line, null, `column ${place + 1} has no name`);
      else if (!isColumn(name))
        this.tell(line, text, `is no column of a plan: these are ${known.join(', ')}`);
      else if (columns.has(name)) this.tell(line, name, 'is there twice');
      else columns.set(name, place);
    }
    for (const name of REQUIRED)
      if (!columns.has(name)) this.tell(line, name, 'is missing: the first line names the columns');
    this.#columns = columns;
    this.#width = names.length;
    // What stands in which column is not known: all that follows would be a fault of this line.
    this.#isOver = this.#faults.length > 0;
  }

  #readSeat(line: number, cells: readonly string[], columns: ReadonlyMap<Column, number>): void {
    if (cells.length > this.#width || cells.length < columns.size) {
      this.tell(line, null, `has ${cells.length} cells, and the first line ${this.#width}`);
      return;
    }
    const before = this.#faults.length;
    const read = <Name extends Column>(name: Name): PlannedSeat[Name] | undefined => {
      const place = columns.get(name);
      return this.#readCell(line, name, place === undefined ? '' : (cells[place] ?? ''));
    };
    const [section, row, number, price] = [read('section'), read('row'), read('number'), read('price')];
    const [quality, attributes, standing] = [read('quality'), read('attributes'), read('standing')];
    if (section !== undefined && row !== undefined && number !== undefined) {
      this.#notePlace(line, section, row, number);
    }
    if (this.#faults.length > before) return;
    if (section === undefined || row === undefined || number === undefined || price === undefined) return;
    if (quality === undefined || attributes === undefined || standing === undefined) return;
    if (this.#seats.length === MOST_SEATS) {
      this.tell(line, null, `is one seat too many: a date has ${MOST_SEATS} at most`);
      this.#isOver = true;
      return;
    }
    this.#seats.push({ section, row, number, price, quality, attributes, standing });
  }

  #readCell<Name extends Column>(line: number, name: Name, cell: string): PlannedSeat[Name] | undefined {
    try {
      if (cell.includes(UNREADABLE)) {
        throw new CellFault('has a character that cannot be read: save the file as “CSV UTF-8”');
      }
      return READ[name](cell);
    } catch (error) {
      if (!(error instanceof CellFault)) throw error;
      this.tell(line, name, error.message);
      return undefined;
    }
  }

  /** A seat is there once, and the seats of a row stand together: who sits beside whom is told by their order. */
  #notePlace(line: number, section: string, row: string, number: string): void {
    // No name holds a line break.
    const rowKey = `${section}\n${row}`;
    const seatKey = `${rowKey}\n${number}`;
    const twin = this.#seatLines.get(seatKey);
    const left = this.#rowLines.get(rowKey);
    if (twin !== undefined) {
      const seat = `seat ${quoted(number)} of row ${quoted(row)}, section ${quoted(section)}`;
      this.tell(line, 'number', `is ${seat}, which line ${twin} has, too`);
    } else if (left !== undefined && rowKey !== this.#currentRow) {
      const place = `row ${quoted(row)} of section ${quoted(section)}`;
      this.tell(
        line,
        'row',
        `goes on with ${place}, which ended in line ${left}: the seats of a row stand together`,
      );
    }
    this.#seatLines.set(seatKey, twin ?? line);
    this.#rowLines.set(rowKey, line);
    this.#currentRow = rowKey;
  }
}

const isColumn = (name: string | undefined): name is Column =>
  name !== undefined && Object.hasOwn(READ, name);

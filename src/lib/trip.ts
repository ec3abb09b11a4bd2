import { type Client, type Connection, Query, type QueryResult, type QueryResultRow } from 'pg';

/** A statement prepared by name, so that each connection plans it once. */
export interface Statement {
  name: string;
  text: string;
}

export type Value = string | number | null | readonly (string | number)[];

/** A statement that is ready to be sent. */
export interface Prepared {
  statement: Statement;
  values: Value[];
}

/** What one statement came to; `command`: what Postgres says that it did, such as "COMMIT". */
export type Answer<Row extends QueryResultRow> = Pick<QueryResult<Row>, 'rows' | 'command'>;
export type AnyAnswer = Pick<QueryResult, 'rows' | 'command'>;

declare module 'pg' {
  interface Connection {
    /** By name: the texts of the statements that this connection has prepared. */
    parsedStatements: Record<string, string | undefined>;
  }
}

type TypeId = Parameters<Client['getTypeParser']>[0];

type Read = (text: string) => unknown;
const isReader = (value: unknown): value is Read => typeof value === 'function';

interface Column {
  name: string;
  read: Read;
}

/** By connection and statement's name: an answer's columns stay the same, and need not be told with each of them. */
const columnsKnown = new WeakMap<Connection, Map<string, readonly Column[]>>();

/**
 * Statements that go to Postgres as one message and are answered as one. pg ends each statement by a `Sync`, which Postgres answers
 * at once: a write of its own there, and a turn of the event loop here. After a statement that fails, Postgres passes over
 * those behind it: all of them fail with its error, a COMMIT among them.
 *
 * pg takes it for a query; its methods are what pg calls with each message.
 */
export class Trip extends Query {
  readonly #statements: readonly Prepared[];
  readonly #client: Client;
  readonly #answers: AnyAnswer[] = [];
  #rows: QueryResultRow[] = [];
  #columns: readonly Column[] = [];
  /** Of the statement whose answer is being read: pg notes by these that it has been prepared. */
  name = '';
  text = '';
  /** pg puts its own around it, which gives the connection up when there is no answer in time. */
  callback: (error: Error | null, answers?: AnyAnswer[]) => void;

  private constructor(
    client: Client,
    statements: readonly Prepared[],
    callback: (error: Error | null, answers?: AnyAnswer[]) => void,
  ) {
    super('');
    this.#client = client;
    this.#statements = statements;
    this.callback = callback;
    this.#begin();
  }

  /** @throws the first failure: none of the statements behind it was carried out */
  static async send(client: Client, statements: readonly Prepared[]): Promise<AnyAnswer[]> {
    return new Promise((resolve, reject) => {
      client.query(
        new Trip(client, statements, (error, answers) => {
          if (error !== null || answers === undefined) reject(error ?? new Error('Postgres gave no answer'));
          else resolve(answers);
        }),
      );
    });
  }

  override submit = (connection: Connection): void => {
    connection.stream.cork();
    const parsed = new Set<string>();
    for (const { statement, values } of this.#statements) {
      const { name, text } = statement;
      if (connection.parsedStatements[name] === undefined && !parsed.has(name)) {
        connection.parse({ name, text, types: [] }, true);
        parsed.add(name);
      }
      connection.bind({ statement: name, values: values.map(asText) }, true);
      if (columnsKnown.get(connection)?.get(name) === undefined) connection.describe({ type: 'P' }, true);
      connection.execute(null, true);
    }
    connection.sync();
    connection.stream.uncork();
  };

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: TypeId }[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => {
      const read: unknown = this.#client.getTypeParser(dataTypeID);
      if (!isReader(read)) throw new Error(`Nothing reads the column ${name}`);
      return { name, read };
    });
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: QueryResultRow = {};
    for (const [index, { name, read }] of this.#columns.entries()) {
      const field = fields[index] ?? null;
      row[name] = field === null ? null : read(field);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text: command }: { text: string }): void {
    this.#answers.push({ rows: this.#rows, command });
    const { connection } = this.#client;
    let known = columnsKnown.get(connection);
    if (known === undefined) columnsKnown.set(connection, (known = new Map<string, readonly Column[]>()));
    known.set(this.name, this.#columns);
    this.#begin();
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#answers);
  }

  #begin(): void {
    const statement = this.#statements[this.#answers.length]?.statement;
    this.name = statement?.name ?? '';
    this.text = statement?.text ?? '';
    this.#rows = [];
    this.#columns = columnsKnown.get(this.#client.connection)?.get(this.name) ?? [];
  }
}

function asText(value: Value): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return `{${value.map(asElement).join(',')}}`;
}

const asElement = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `"${value.replace(/["\\]/g, '\\$&')}"`;

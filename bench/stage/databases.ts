import { Client } from 'pg';

/** The databases of one Postgres server. */
export class Databases {
  constructor(readonly serverUrl: string) {}

  urlOf(name: string): string {
    const url = new URL(this.serverUrl);
    url.pathname = `/${name}`;
    return url.toString();
  }

  /**
   * A checkpoint that one contestant's writes made due would strike in the middle of another's turn: here there is
   * none while a scenario lasts. Everything else is as Postgres comes.
   */
  async tune(): Promise<void> {
    await this.#administer(
      `ALTER SYSTEM SET max_wal_size = '16GB'`,
      `ALTER SYSTEM SET checkpoint_timeout = '1h'`,
      'SELECT pg_reload_conf()',
    );
  }

  async create(name: string, template = 'template1'): Promise<string> {
    await this.#administer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return this.urlOf(name);
  }

  async drop(...names: string[]): Promise<void> {
    await this.#administer(...names.map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  }

  async checkpoint(): Promise<void> {
    await this.#administer('CHECKPOINT');
  }

  async #administer(...statements: string[]): Promise<void> {
    await withClient(this.serverUrl, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

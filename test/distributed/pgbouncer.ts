import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { killWithUs } from '../support/last-will';
import { freePort } from '../support/ports';
import { untilIs } from '../support/until';

export interface PoolerOptions {
  mode: 'session' | 'transaction';
  /** Connections to Postgres, for any number of clients. */
  poolSize: number;
  /** How many of them it knows for each connection; 0: it knows of no such thing. */
  preparedStatements?: number;
}

export interface Pooler {
  /** The database, through the pooler. */
  readonly url: string;
  /** SIGKILL: every connection through it is gone. */
  kill(): Promise<void>;
  /** At the same port, with other options where some are given. */
  restart(options?: Partial<PoolerOptions>): Promise<void>;
  stop(): Promise<void>;
}

// The first that knows prepared statements in transaction mode.
const LEAST = [1, 21] as const;
const INSTALL = `These tests need PgBouncer ${LEAST.join('.')} or later: install it (Debian 13: apt-get install pgbouncer), or name the program in PGBOUNCER_PATH`;

/** @throws Error saying what to install */
async function findPgbouncer(): Promise<string> {
  const named = process.env['PGBOUNCER_PATH'];
  const places = named ? [named] : ['pgbouncer', '/usr/sbin/pgbouncer'];
  const found: string[] = [];
  for (const place of places) {
    const said = await promisify(execFile)(place, ['--version']).catch(() => null);
    const [name, major = 0, minor = 0] = /PgBouncer (\d+)\.(\d+)/.exec(said?.stdout ?? '') ?? [];
    if (name === undefined) continue;
    if (Number(major) > LEAST[0] || (Number(major) === LEAST[0] && Number(minor) >= LEAST[1])) return place;
    found.push(`${place} is ${name}.`);
  }
  throw new Error([`${INSTALL}.`, ...found].join(' '));
}

/** Starts PgBouncer in front of a Postgres server: every database of it, as the user of this URL. */
export async function startPooler(databaseUrl: string, first: PoolerOptions): Promise<Pooler> {
  const program = await findPgbouncer();
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-pgbouncer-'));
  const port = await freePort();
  let options = first;
  let server = await start();
  const url = new URL(databaseUrl);
  url.port = String(port);

  async function start(): Promise<ChildProcess> {
    const file = path.join(folder, 'pgbouncer.ini');
    await writeFile(file, configuration(new URL(databaseUrl), port, options), { mode: 0o600 });
    // It does not run as root, and takes the other user's rights once it has read the file.
    const asUser = process.getuid?.() === 0 ? ['--user', 'nobody'] : [];
    const child = spawn(program, ['--quiet', ...asUser, file], { stdio: 'inherit' });
    killWithUs(child, folder);
    await untilIs('PgBouncer answers', async () => answers(port), true);
    return child;
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  return {
    url: url.toString(),
    kill,
    restart: async (changed = {}) => {
      await kill();
      options = { ...options, ...changed };
      server = await start();
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Nothing is passed over (`ignore_startup_parameters`): what the service asks for, a pooler as it comes must take. */
function configuration(
  to: URL,
  port: number,
  { mode, poolSize, preparedStatements = 200 }: PoolerOptions,
): string {
  const password = decodeURIComponent(to.password);
  return `
[databases]
* = host=${to.hostname} port=${to.port} user=${decodeURIComponent(to.username)} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 1000
max_prepared_statements = ${preparedStatements}
server_login_retry = 1
`;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

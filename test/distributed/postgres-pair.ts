import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import { z } from 'zod';
import { killWithUs } from '../support/last-will';
import { until } from '../support/until';

const Server = z.object({ url: z.string(), pid: z.int() });
const Servers = z.object({ primary: Server, standby: Server });

/** A Postgres and a standby, to which every commit has gone before it is acknowledged. */
export interface PostgresPair {
  primaryUrl: string;
  standbyUrl: string;
  /** The standby takes nothing any more, and says so to nobody. @returns when commits wait for it */
  cutOff(): Promise<void>;
  /** SIGKILL for the primary and every process of it. */
  killPrimary(): Promise<void>;
  /** @returns when it takes writes */
  promote(): Promise<void>;
  onStandby<Row extends QueryResultRow>(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Both from the embedded binaries; gone with this process, however it ends. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const child = spawn(process.execPath, [path.join(__dirname, 'run-postgres-pair.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  killWithUs(child);
  const ended = once(child, 'exit');
  const { primary, standby } = Servers.parse(JSON.parse(await firstLine(child.stdout)));
  const stopped: number[] = [];
  const onStandby = async <Row extends QueryResultRow>(sql: string): Promise<Row[]> =>
    asked(standby.url, sql);
  await until(
    'commits wait for the standby',
    async () => asked<{ sync_state: string }>(primary.url, 'SELECT sync_state FROM pg_stat_replication'),
    ([row]) => row?.sync_state === 'sync',
  );
  return {
    primaryUrl: primary.url,
    standbyUrl: standby.url,
    onStandby,
    cutOff: async () => {
      const [receiver] = await onStandby<{ pid: number }>('SELECT pid FROM pg_stat_wal_receiver');
      signal(receiver?.pid ?? 0, 'SIGSTOP');
      stopped.push(receiver?.pid ?? 0);
      const waiting = async () =>
        asked(primary.url, `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
      await until('commits wait', waiting, (rows) => rows.length > 0);
    },
    killPrimary: async () => {
      // Each of its processes is a group of its own, and outlives the first of them for a moment.
      const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(primary.pid)]);
      for (const pid of [primary.pid, ...stdout.split('\n').map(Number)]) signal(pid, 'SIGKILL');
      // It ends without a look at what has arrived meanwhile: that is lost on the way.
      for (const pid of stopped.splice(0))
        for (const name of ['SIGTERM', 'SIGCONT'] as const) signal(pid, name);
    },
    promote: async () => void (await onStandby('SELECT pg_promote(true, 30)')),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (pid <= 0) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended since we looked.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function firstLine(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the two Postgres servers did not start: see above');
}

async function asked<Row extends QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

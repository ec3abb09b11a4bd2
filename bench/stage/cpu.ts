import { readdirSync, readFileSync } from 'node:fs';
import type { Started } from './processes';

// Linux counts processor time in hundredths of a second, whatever the kernel's own tick.
const MS_PER_TICK = 10;

interface ProcessFacts {
  pid: number;
  parent: number;
  command: string;
  cpuMs: number;
}

/** Processor time so far by role, in milliseconds; the role `postgres` is all of that server. Empty beside Linux. */
export function cpuByRole(
  processes: readonly Pick<Started, 'role' | 'pid'>[],
  postgresPid: number | null,
): Map<string, number> {
  const byRole = new Map<string, number>();
  const all = readProcesses();
  const add = (role: string, ms: number) => byRole.set(role, (byRole.get(role) ?? 0) + ms);
  for (const { pid, parent, cpuMs } of all) {
    const own = processes.find((started) => started.pid === pid);
    if (own !== undefined) add(own.role, cpuMs);
    else if (postgresPid !== null && (pid === postgresPid || parent === postgresPid)) add('postgres', cpuMs);
  }
  return byRole;
}

/** The parent of a process: of a Postgres backend, the server. */
export function parentOf(pid: number): number | null {
  return readProcess(pid)?.parent ?? null;
}

function readProcesses(): ProcessFacts[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name)) ?? []);
  } catch {
    return []; // Not Linux.
  }
}

function readProcess(pid: number): ProcessFacts | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null; // It has just ended.
  }
  // The command may hold spaces and brackets; the fields after it do not. Sessions of Postgres that have ended count
  // in their parent's own children time.
  const [, command = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(text) ?? [];
  const fields = rest.split(' ').map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  const ended = command === 'postgres' ? endedUser + endedSystem : 0;
  return { pid, parent: fields[1] ?? 0, command, cpuMs: (user + system + ended) * MS_PER_TICK };
}

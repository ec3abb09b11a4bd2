import { inspect } from 'node:util';

/** Why a process cannot start, when whoever started it can mend that: its message says how, and is all that is shown. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/**
 * Runs a program's main function; a start that fails says why in plain words and ends with status 1. `--help` is answered,
 * and any argument refused with status 2: programs know none, and a `--port 80` passed over would be looked for on 3000.
 * @param usage for people; its first line is the shortest form: `Usage: npm run web`
 */
export function startOrExplain(usage: string, main: () => Promise<void>): void {
  const [first] = process.argv.slice(2);
  if (first === undefined) {
    main().catch((error: unknown) => end(1, explain(error)));
  } else if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(`${usage.trim()}\n`);
  } else {
    end(
      2,
      `Unexpected argument '${first}': settings come from the environment. ${usage.trim().split('\n', 1)[0]}`,
    );
  }
}

function end(status: number, text: string): void {
  process.stderr.write(`${text}\n`);
  process.exit(status);
}

function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return explainListening(error) ?? inspect(error);
}

/** What an error says in one line. A host with several addresses refuses by an error without a message, one for each inside. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** What a server that cannot listen says of its address. Postgres and Redis, looked for elsewhere, explain themselves. */
function explainListening(
  error: NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string },
): string | undefined {
  const { syscall, code, port, hostname, address = hostname } = error;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} is taken: end what listens there, or set another PORT (of a worker: WORKER_PORT).`;
  }
  if (code === 'EACCES')
    return `Port ${port} is not for every user: set a PORT above 1023 (of a worker: WORKER_PORT).`;
  return `Cannot listen at ${address}: set HOST to an address of this machine (${code}).`;
}

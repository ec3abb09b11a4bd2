import { SettingsError } from './settings';

/** Runs a process's main function; a start that fails says why in plain words and exits with 1. */
export function startOrExplain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const text = error instanceof SettingsError || !(error instanceof Error) ? String(error) : explain(error);
    process.stderr.write(`${text}\n`);
    process.exit(1);
  });
}

function explain(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED' && !error.message.includes('Redis')) {
    return `Postgres does not answer (${error.message || code}). Start it, or set DATABASE_URL.`;
  }
  // Some drivers leave the message out of the stack.
  return `${error.message}\n${error.stack ?? ''}`;
}

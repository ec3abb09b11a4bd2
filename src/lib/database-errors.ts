import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, DatabaseError, TimeoutError, UniqueConstraintError } from 'sequelize';

// 40001 serialization failure, 40P01 deadlock, 55P03 lock timeout: nothing was changed, the same work may succeed.
const TRANSIENT = new Set(['40001', '40P01', '55P03']);
// 08*: connection lost; 57P01..03: server stopping or starting; 57P05, 25P03: session ended by a timeout.
const AWAY = /^(08|57P|25P03|53)/;
// 25006: the server behind this connection takes no writes: a standby, or a primary that was put aside.
// 26000, 42P05: a pooler that does not know prepared statements has given this connection another server's.
const UNFIT = new Set(['25006', '26000', '42P05']);

/** The SQLSTATE of whatever Sequelize or pg threw, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const source =
    error instanceof DatabaseError || error instanceof UniqueConstraintError ? error.original : error;
  if (!(source instanceof Error) || !('code' in source)) return undefined;
  return typeof source.code === 'string' ? source.code : undefined;
}

/** The violated constraint's name, or undefined when the error is not a violation. */
export function violatedConstraint(error: unknown): string | undefined {
  const source =
    error instanceof DatabaseError || error instanceof UniqueConstraintError ? error.original : error;
  if (!(source instanceof Error) || !('constraint' in source)) return undefined;
  return typeof source.constraint === 'string' ? source.constraint : undefined;
}

/** Whether it is no use to ask again over the same connection: another one may lead to a server that can do it. */
export function isConnectionUnfit(error: unknown): boolean {
  return UNFIT.has(sqlState(error) ?? '');
}

/** Whether Postgres (not the statement) is the trouble: away, stopping, a standby, full or out of connections. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  if (isConnectionUnfit(error)) return true;
  const state = sqlState(error);
  if (state !== undefined)
    return AWAY.test(state) || /^(ECONN|EPIPE|ETIMEDOUT)/.test(state) || state === '57014';
  return (
    error instanceof Error && /Connection terminated|not queryable|Query read timeout/.test(error.message)
  );
}

/** Whether the same statement may succeed later, as it is: somebody else was in the way for too long. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(sqlState(error) ?? '');
}

export interface RetryOptions {
  /** Also run again when one of these constraints was violated: a concurrent writer was faster; look again. */
  retryOn?: string[];
  attempts?: number;
  /** Called after each try that failed, the last one too. */
  onFailure?: (error: unknown) => void;
}

// Times the number of tries, and by chance: two that were in each other's way do not meet again at once.
const RETRY_PAUSE_MS = 20;

/** Runs a transaction again, from the start and after a short pause, when Postgres asks for that. */
export async function retrying<T>(
  { retryOn = [], attempts = 4, onFailure }: RetryOptions,
  transaction: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      onFailure?.(error);
      const again = isTransient(error) || retryOn.includes(violatedConstraint(error) ?? '');
      if (!again || attempt >= attempts) throw error;
      await sleep(Math.random() * RETRY_PAUSE_MS * attempt);
    }
  }
}

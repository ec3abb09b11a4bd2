import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Logger } from './logger';
import { repeat } from './repeat';
import { TIMES } from './times';

/** Says of a read where it may go; `useMaster: false` is the standby. Handed on with the options of a query. */
export interface Where {
  useMaster: boolean;
}

/**
 * Runs a read that may be a second or two behind: on the standby where there is one that keeps up, else on the primary.
 * Only for what nobody decides by, and what nobody looks for who has just changed it.
 */
export type MayLag = <T>(read: (where: Where) => Promise<T>) => Promise<T>;

export interface LaggingReads {
  mayLag: MayLag;
  close(): Promise<void>;
}

const PRIMARY: Where = { useMaster: true };
const STANDBY: Where = { useMaster: false };

/** For a service without a standby. */
export const onPrimary: MayLag = async (read) => read(PRIMARY);

// A standby is read from while it has what the primary had one look before.
const LOOK_EVERY_MS = 1000;

const POSITION = 'SELECT pg_current_wal_lsn()::text AS position';
// Both addresses may lead to the same server for a while: after a failover.
const HAS_REACHED = `SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END
  >= $1::pg_lsn) AS "hasReached"`;

/**
 * Watches the standby of a database that was made with a `readUrl`. One that is away, hangs or falls behind is not asked; a
 * read that fails there is made again on the primary.
 */
export function createLaggingReads(database: Sequelize, logger: Logger): LaggingReads {
  let keepsUp = false;
  let position: string | null = null;

  function judge(next: boolean, reason?: unknown): void {
    if (next === keepsUp) return;
    keepsUp = next;
    if (next) logger.info('the standby keeps up: what may lag is read there');
    else logger.warn({ err: reason }, 'the standby is away or behind: all is read from the primary');
  }

  async function look(): Promise<void> {
    const before = position;
    position = await positionOf(database).catch(() => before); // Away itself: nothing newer is known.
    if (before !== null) judge(await inTime(hasReached(database, before)));
  }

  const stop = repeat(LOOK_EVERY_MS, look, (error) => judge(false, error));
  return {
    mayLag: async (read) => {
      if (!keepsUp) return read(PRIMARY);
      try {
        return await inTime(read(STANDBY));
      } catch (error) {
        judge(false, error);
        return read(PRIMARY);
      }
    },
    close: stop,
  };
}

async function positionOf(database: Sequelize): Promise<string | null> {
  const [row] = await database.query<{ position: string }>(POSITION, {
    type: QueryTypes.SELECT,
    ...PRIMARY,
  });
  return row?.position ?? null;
}

async function hasReached(database: Sequelize, position: string): Promise<boolean> {
  const [row] = await database.query<{ hasReached: boolean | null }>(HAS_REACHED, {
    bind: [position],
    type: QueryTypes.SELECT,
    ...STANDBY,
  });
  return row?.hasReached ?? false;
}

/** @throws Error when it takes too long; what comes of it later is nobody's concern */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(TIMES.standbyPatienceMs, undefined, over);
    throw new Error(`The standby has not answered for ${TIMES.standbyPatienceMs} ms`);
  };
  try {
    return await Promise.race([answer, late()]);
  } finally {
    over.abort();
  }
}

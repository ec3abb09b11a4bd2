import { QueryTypes, type Sequelize } from 'sequelize';
import type { Command } from '../booking/types';
import { retrying } from '../lib/database-errors';
import type { Idempotency } from './point-store';

export type CommandKind = Command['kind'];

/** A command as it is handed in. */
export interface NewCommand {
  command: Command;
  scheduleId: string;
  /** The client's key, and what it was used for: the same key with another request is noticed. */
  idempotency: Idempotency | null;
}

/**
 * A command that has ended, as it is stored, noted in Redis and told to whoever waits. `outcome` is what a completed one
 * came to, or why it was refused or failed: a code of the problem catalogue, with its detail and what else belongs to it.
 */
export interface EndedCommand {
  id: string;
  userId: string;
  kind: CommandKind;
  status: 'completed' | 'rejected' | 'failed';
  outcome: unknown;
  finishedAtMs: number;
}

/** A command's row. `outcome` and `finishedAtMs` are null while it is queued. */
export interface StoredCommand {
  id: string;
  userId: string;
  kind: CommandKind | 'charge';
  status: 'queued' | EndedCommand['status'];
  outcome: unknown;
  requestHash: string | null;
  finishedAtMs: number | null;
}

export interface CommandStore {
  /**
   * Records commands durably, in one statement. Those whose idempotency key the user has used before are not recorded.
   * @returns by id of the command given: null when recorded now, else the earlier command of that key; nothing for a
   * command that is recorded already
   */
  record(commands: readonly NewCommand[]): Promise<Map<string, StoredCommand | null>>;
  /** @returns null when there is no such command of this user */
  find(id: string, userId: string): Promise<StoredCommand | null>;
  /** @returns null when the user has not used this key */
  findByKey(userId: string, idempotencyKey: string): Promise<StoredCommand | null>;
  /** Commands of a schedule that were recorded before that moment and are still queued, oldest first. */
  queued(scheduleId: string, beforeMs: number, limit: number): Promise<Command[]>;
}

const COLUMNS = `c.id, c.user_id AS "userId", c.kind, c.status, c.outcome, c.request_hash AS "requestHash",
  floor(extract(epoch FROM c.finished_at) * 1000)::float8 AS "finishedAtMs"`;

// Each row waits for whoever is writing the same key, or the same id, at this moment: in one order everywhere, keys first,
// two statements cannot wait for each other. What the commands are queued in is the order in which they came all the same.
const LOCK_ORDER = `ORDER BY CASE WHEN "idempotencyKey" IS NOT NULL THEN "userId" END, "idempotencyKey", id`;

export function createCommandStore(sequelize: Sequelize): CommandStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });

  async function record(commands: readonly NewCommand[]): Promise<Map<string, StoredCommand | null>> {
    const rows = commands.map(rowOf);
    const insert = async () =>
      select<{ id: string }>(
        `INSERT INTO commands (id, user_id, schedule_id, kind, payload, idempotency_key, request_hash, status)
       SELECT id, "userId", "scheduleId", kind, payload, "idempotencyKey", "requestHash", 'queued'
         FROM json_to_recordset($1::json) AS x(id uuid, "userId" uuid, "scheduleId" bigint, kind text, payload jsonb,
              "idempotencyKey" text, "requestHash" text)
        ${LOCK_ORDER}
           ON CONFLICT DO NOTHING
       RETURNING id`,
        [JSON.stringify(rows)],
      );
    const inserted = await retrying({}, insert);
    const recorded = new Map<string, StoredCommand | null>(inserted.map(({ id }) => [id, null]));
    const repeated = rows.filter(({ id, idempotencyKey }) => !recorded.has(id) && idempotencyKey !== null);
    if (repeated.length === 0) return recorded;
    const known = await select<StoredCommand & { newId: string }>(
      `SELECT x.id AS "newId", ${COLUMNS}
         FROM json_to_recordset($1::json) AS x(id uuid, "userId" uuid, "idempotencyKey" text)
         JOIN commands c ON c.user_id = x."userId" AND c.idempotency_key = x."idempotencyKey"`,
      [JSON.stringify(repeated)],
    );
    for (const { newId, ...command } of known) recorded.set(newId, command);
    // The earlier command of the key was so old that it was forgotten in this very moment.
    const repeatedIds = new Set(repeated.map(({ id }) => id));
    const free = commands.filter(({ command: { id } }) => repeatedIds.has(id) && !recorded.has(id));
    return free.length === 0 ? recorded : new Map([...recorded, ...(await record(free))]);
  }

  return {
    record,
    find: async (id, userId) =>
      (
        await select<StoredCommand>(`SELECT ${COLUMNS} FROM commands c WHERE c.id = $1 AND c.user_id = $2`, [
          id,
          userId,
        ])
      )[0] ?? null,
    findByKey: async (userId, key) =>
      (
        await select<StoredCommand>(
          `SELECT ${COLUMNS} FROM commands c WHERE c.user_id = $1 AND c.idempotency_key = $2`,
          [userId, key],
        )
      )[0] ?? null,
    queued: async (scheduleId, beforeMs, limit) => {
      const rows = await select<{ command: Command }>(
        `SELECT payload || jsonb_build_object('id', id, 'userId', user_id, 'kind', kind) AS command
           FROM commands
          WHERE schedule_id = $1 AND status = 'queued' AND created_at < to_timestamp($2 / 1000.0)
          ORDER BY id LIMIT $3`,
        [scheduleId, beforeMs, limit],
      );
      return rows.map((row) => row.command);
    },
  };
}

/** `payload` is what the command's kind needs beside the user: seat numbers, or a booking's id. */
function rowOf({ command, scheduleId, idempotency }: NewCommand) {
  const { id, userId, kind, ...payload } = command;
  const { key: idempotencyKey = null, requestHash = null } = idempotency ?? {};
  return { id, userId, scheduleId, kind, payload, idempotencyKey, requestHash };
}

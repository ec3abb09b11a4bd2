import type { Sequelize, Transaction } from 'sequelize';
import { QueryTypes } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { inTransaction } from '../lib/database';
import { Problem } from '../lib/problems';

export interface PointEntryView {
  id: string;
  amount: number;
  balanceAfter: number;
  type: 'CHARGE' | 'USE' | 'REFUND';
  bookingId: string | null;
  createdAt: string;
}

export interface Charged {
  balance: number;
  entry: PointEntryView;
}

/** What makes a charge safe to repeat: the client's key, and the hash of what it was used for. */
export interface Idempotency {
  key: string;
  requestHash: string;
}

export interface PointStore {
  balance(userId: string): Promise<number>;
  /**
   * Adds points. The user's row is locked, so charges and payments of one user follow each other.
   * @throws Problem IDEMPOTENCY_KEY_REUSED when the key was used for another request
   */
  charge(
    userId: string,
    amount: number,
    idempotency: Idempotency | null,
  ): Promise<Charged & { replayed: boolean }>;
  /** Newest first. `before`: the id of the last entry seen. */
  history(userId: string, limit: number, before: number | null): Promise<PointEntryView[]>;
}

interface EntryRow {
  entry: string;
  amount: string;
  balanceAfter: string;
  type: PointEntryView['type'];
  bookingId: string | null;
  createdAt: Date;
}

const ENTRY = `entry, amount, balance_after AS "balanceAfter", type, booking_id AS "bookingId", created_at AS "createdAt"`;

export function createPointStore(sequelize: Sequelize): PointStore {
  return {
    balance: async (userId) => {
      const rows = await sequelize.query<{ balance: string }>(
        'SELECT balance FROM points WHERE user_id = $1',
        {
          bind: [userId],
          type: QueryTypes.SELECT,
        },
      );
      return Number(rows[0]?.balance ?? 0);
    },
    charge: async (userId, amount, idempotency) =>
      inTransaction(
        sequelize,
        async (transaction) => charge(sequelize, transaction, userId, amount, idempotency),
        {
          // A hold with the same key was recorded meanwhile: look again and find it.
          retryOn: ['commands_idempotency_key'],
        },
      ),
    history: async (userId, limit, before) => {
      const rows = await sequelize.query<EntryRow>(
        `SELECT ${ENTRY} FROM point_histories
          WHERE user_id = $1 AND ($2::bigint IS NULL OR entry < $2) ORDER BY entry DESC LIMIT $3`,
        { bind: [userId, before, limit], type: QueryTypes.SELECT },
      );
      return rows.map(entryView);
    },
  };
}

async function charge(
  sequelize: Sequelize,
  transaction: Transaction,
  userId: string,
  amount: number,
  idempotency: Idempotency | null,
): Promise<Charged & { replayed: boolean }> {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT, transaction });
  const [points] = await select<{ balance: string; lastEntry: string | null }>(
    'SELECT balance, last_entry AS "lastEntry" FROM points WHERE user_id = $1 FOR UPDATE',
    [userId],
  );
  if (points === undefined) throw new Error(`User ${userId} has no points row`);
  if (idempotency !== null) {
    const [known] = await select<{ requestHash: string; outcome: Charged }>(
      'SELECT request_hash AS "requestHash", outcome FROM commands WHERE user_id = $1 AND idempotency_key = $2',
      [userId, idempotency.key],
    );
    if (known !== undefined) return replay(known, idempotency);
  }
  const entry = Number(points.lastEntry ?? 0) + 1;
  const [written] = await select<EntryRow>(
    `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type)
     VALUES ($1, $2, $3, $4, $4::bigint + $3::bigint, 'CHARGE') RETURNING ${ENTRY}`,
    [userId, entry, amount, points.balance],
  );
  if (written === undefined) throw new Error('The entry was not written');
  await select(`UPDATE points SET balance = $2, last_entry = $3, updated_at = now() WHERE user_id = $1`, [
    userId,
    written.balanceAfter,
    entry,
  ]);
  const charged = { balance: Number(written.balanceAfter), entry: entryView(written) };
  if (idempotency !== null) {
    await select(
      `INSERT INTO commands (id, user_id, kind, payload, idempotency_key, request_hash, status, outcome, finished_at)
       VALUES ($1, $2, 'charge', jsonb_build_object('amount', $3::bigint), $4, $5, 'completed', $6, now())`,
      [uuidv7(), userId, amount, idempotency.key, idempotency.requestHash, JSON.stringify(charged)],
    );
  }
  return { ...charged, replayed: false };
}

function replay(known: { requestHash: string; outcome: Charged }, idempotency: Idempotency) {
  if (known.requestHash !== idempotency.requestHash) {
    throw new Problem(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used for another request. Use a new one.',
    );
  }
  return { ...known.outcome, replayed: true };
}

function entryView(row: EntryRow): PointEntryView {
  return {
    id: row.entry,
    amount: Number(row.amount),
    balanceAfter: Number(row.balanceAfter),
    type: row.type,
    bookingId: row.bookingId,
    createdAt: row.createdAt.toISOString(),
  };
}

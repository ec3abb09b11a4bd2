import { fn, Op, type Sequelize, type Transaction } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { charge } from '../booking/charge';
import { inTransaction } from '../lib/database';
import { type MayLag, onPrimary } from '../lib/lagging-reads';
import { Problem } from '../lib/problems';
import { CommandRecord, PointHistory, Points } from './tables';

/** One line of a user's points history. `id` is its number there, as text. */
export interface HistoryEntry {
  id: string;
  amount: number;
  balanceAfter: number;
  type: 'CHARGE' | 'USE' | 'REFUND';
  bookingId: string | null;
  createdAt: Date;
}

export interface Charged {
  balance: number;
  entry: HistoryEntry;
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
  history(userId: string, limit: number, before: number | null): Promise<HistoryEntry[]>;
}

/** Balances and their histories. */
export function createPointStore(sequelize: Sequelize, mayLag: MayLag = onPrimary): PointStore {
  return {
    balance: async (userId) => (await Points.findByPk(userId))?.balance ?? 0,
    charge: async (userId, amount, idempotency) =>
      inTransaction(sequelize, async (transaction) => chargeOnce(transaction, userId, amount, idempotency), {
        // A hold with the same key was recorded meanwhile: look again and find it.
        retryOn: ['commands_idempotency_key'],
      }),
    history: async (userId, limit, before) => {
      // Whoever has just paid or charged looks for it on the first page.
      const entries = await (before === null ? onPrimary : mayLag)(async (where) =>
        PointHistory.findAll({
          where: { userId, ...(before === null ? {} : { entry: { [Op.lt]: before } }) },
          order: [['entry', 'DESC']],
          limit,
          ...where,
        }),
      );
      return entries.map(entryOf);
    },
  };
}

async function chargeOnce(
  transaction: Transaction,
  userId: string,
  amount: number,
  idempotency: Idempotency | null,
): Promise<Charged & { replayed: boolean }> {
  const points = await Points.findByPk(userId, { transaction, lock: transaction.LOCK.UPDATE });
  if (points === null) throw new Error(`User ${userId} has no points row`);
  const known = idempotency === null ? null : await replay(transaction, userId, idempotency);
  if (known !== null) return { ...known, replayed: true };
  const written = await PointHistory.create({ userId, ...charge(points, amount) }, { transaction });
  const { entry: lastEntry, balanceAfter: balance } = written;
  await points.update({ balance, lastEntry, updatedAt: fn('now') }, { transaction });
  const charged = { balance, entry: entryOf(written) };
  if (idempotency !== null) await remember(transaction, userId, idempotency, charged);
  return { ...charged, replayed: false };
}

// As it was stored with the charge, and told to the client then.
const StoredCharge = z.object({
  balance: z.int(),
  entry: z.object({
    id: z.string(),
    amount: z.int(),
    balanceAfter: z.int(),
    type: z.literal('CHARGE'),
    bookingId: z.null(),
    createdAt: z.iso.datetime().transform((text) => new Date(text)),
  }),
});

/** @returns what this key has charged before, or null when it was not used. @throws Problem IDEMPOTENCY_KEY_REUSED */
async function replay(
  transaction: Transaction,
  userId: string,
  { key, requestHash }: Idempotency,
): Promise<Charged | null> {
  const known = await CommandRecord.findOne({ where: { userId, idempotencyKey: key }, transaction });
  if (known === null) return null;
  if (known.requestHash !== requestHash) {
    throw new Problem(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used for another request. Use a new one.',
    );
  }
  return StoredCharge.parse(known.outcome);
}

async function remember(
  transaction: Transaction,
  userId: string,
  { key, requestHash }: Idempotency,
  charged: Charged,
): Promise<void> {
  const { amount, createdAt: finishedAt } = charged.entry;
  await CommandRecord.create(
    {
      id: uuidv7(),
      userId,
      kind: 'charge',
      payload: { amount },
      idempotencyKey: key,
      requestHash,
      status: 'completed',
      outcome: charged,
      finishedAt,
    },
    { transaction },
  );
}

function entryOf(row: PointHistory): HistoryEntry {
  const { entry, amount, balanceAfter, type, bookingId, createdAt } = row;
  return { id: String(entry), amount, balanceAfter, type, bookingId, createdAt };
}

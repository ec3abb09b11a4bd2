import { Op, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { type MayLag, onPrimary } from '../lib/lagging-reads';
import { policyFault, PolicyRefusedError, type RoomNow } from '../waiting-room/policy-change';
import type { QueuePolicy } from '../waiting-room/queue-policy';
import { Concert } from './tables';

export interface ConcertFacts {
  id: string;
  title: string;
  description: string;
  /** Live seats that one fan may have on one date. */
  seatLimit: number;
}

export interface NewConcert {
  title: string;
  description: string;
  seatLimit: number;
  policy: QueuePolicy;
}

export interface ConcertStore {
  /** In order of their making. `after`: the id of the last concert seen. */
  list(limit: number, after: string | null): Promise<ConcertFacts[]>;
  find(id: string): Promise<ConcertFacts | null>;
  /** @throws PolicyRefusedError when its waiting room cannot have this policy */
  create(concert: NewConcert): Promise<ConcertFacts>;
  count(): Promise<number>;
  policy(id: string): Promise<QueuePolicy | null>;
  /**
   * @returns the whole policy after the change, or null when there is no such concert
   * @throws PolicyRefusedError when the room, as it is, cannot have that policy
   */
  changePolicy(id: string, part: Partial<QueuePolicy>): Promise<QueuePolicy | null>;
}

/** Concerts and how their waiting rooms admit. */
export function createConcertStore(sequelize: Sequelize, mayLag: MayLag = onPrimary): ConcertStore {
  async function create({ policy, ...facts }: NewConcert, transaction: Transaction): Promise<Concert> {
    refuseFaults({ nowMs: await nowMs(sequelize, transaction), policy: null }, policy);
    return Concert.create({ ...facts, ...columnsOf(policy) }, { transaction });
  }

  async function change(
    id: string,
    part: Partial<QueuePolicy>,
    transaction: Transaction,
  ): Promise<QueuePolicy | null> {
    const concert = await Concert.findByPk(id, { transaction, lock: transaction.LOCK.UPDATE });
    if (concert === null) return null;
    const before = policyOf(concert);
    const policy = { ...before, ...part };
    refuseFaults({ nowMs: await nowMs(sequelize, transaction), policy: before }, policy);
    await concert.update({ ...columnsOf(policy), updatedAt: new Date() }, { transaction });
    return policy;
  }

  return {
    list: async (limit, after) => {
      const concerts = await mayLag(async (where) =>
        Concert.findAll({
          ...(after === null ? {} : { where: { id: { [Op.gt]: after } } }),
          order: [['id', 'ASC']],
          limit,
          ...where,
        }),
      );
      return concerts.map(factsOf);
    },
    find: async (id) => {
      const concert = await Concert.findByPk(id);
      return concert === null ? null : factsOf(concert);
    },
    create: async (concert) =>
      factsOf(await inTransaction(sequelize, async (transaction) => create(concert, transaction))),
    count: async () => Concert.count(),
    policy: async (id) => {
      const concert = await Concert.findByPk(id);
      return concert === null ? null : policyOf(concert);
    },
    changePolicy: async (id, part) =>
      inTransaction(sequelize, async (transaction) => change(id, part, transaction)),
  };
}

const factsOf = ({ id, title, description, seatLimit }: Concert): ConcertFacts => ({
  id,
  title,
  description,
  seatLimit,
});

const policyOf = (concert: Concert): QueuePolicy => ({
  maxActive: concert.maxActive,
  admitPerInterval: concert.admitPerInterval,
  admitIntervalMs: concert.admitIntervalMs,
  activeTtlSeconds: concert.activeTtlSeconds,
  abandonAfterSeconds: concert.abandonAfterSeconds,
  paused: concert.paused,
  opensAt: concert.opensAt?.toISOString() ?? null,
  order: concert.order,
  message: concert.message,
});

const columnsOf = ({ opensAt, ...policy }: QueuePolicy) => ({
  ...policy,
  opensAt: opensAt === null ? null : new Date(opensAt),
});

/** The database's clock decides what lies in the past. */
async function nowMs(sequelize: Sequelize, transaction: Transaction): Promise<number> {
  const [row] = await sequelize.query<{ nowMs: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"',
    { type: QueryTypes.SELECT, transaction },
  );
  if (row === undefined) throw new Error('The database told no time');
  return row.nowMs;
}

function refuseFaults(room: RoomNow, next: QueuePolicy): void {
  const fault = policyFault(room, next);
  if (fault !== null) throw new PolicyRefusedError(fault);
}

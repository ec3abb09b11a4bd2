import { Op, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { type MayLag, onPrimary } from '../lib/lagging-reads';
import { policyFault, PolicyRefusedError, type RoomNow } from '../waiting-room/policy-change';
import { BELOW_ORDINARY } from '../waiting-room/presale-range';
import type { QueuePolicy } from '../waiting-room/queue-policy';
import { announceDraw } from './draw-store';
import { PRESALES_END } from './room-rules';
import { Concert } from './tables';

export interface ConcertFacts {
  id: string;
  title: string;
  description: string;
  /** Live seats that one fan may have on one date. */
  seatLimit: number;
  /** Of the place where it is, an IANA name; null: not told. */
  timeZone: string | null;
}

export interface NewConcert {
  title: string;
  description: string;
  seatLimit: number;
  timeZone?: string | null | undefined;
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

// The database's clock decides what lies in the past.
const ROOM_NOW = `
  SELECT (extract(epoch FROM statement_timestamp()) * 1000)::float8 AS "nowMs",
         (extract(epoch FROM ${PRESALES_END}) * 1000)::float8 AS "presaleEndsMs",
         (extract(epoch FROM (SELECT min(s.booking_start_at) FROM schedules s
           WHERE s.concert_id = c.id AND s.booking_end_at >= statement_timestamp())) * 1000)::float8 AS "bookingMs",
         c.room_watermark >= ${BELOW_ORDINARY} AS "hadTurns",
         CASE WHEN d.concert_id IS NULL THEN 'NONE' WHEN d.closed_at IS NULL THEN 'ANNOUNCED' ELSE 'CLOSED' END AS draw
    FROM concerts c LEFT JOIN draws d ON d.concert_id = c.id WHERE c.id = $1`;

/** Concerts and how their waiting rooms admit. */
export function createConcertStore(sequelize: Sequelize, mayLag: MayLag = onPrimary): ConcertStore {
  async function create({ policy, ...facts }: NewConcert, transaction: Transaction): Promise<Concert> {
    const concert = await Concert.create({ ...facts, ...columnsOf(policy) }, { transaction });
    await settle(concert, { before: null, next: policy }, transaction);
    return concert;
  }

  async function change(
    id: string,
    part: Partial<QueuePolicy>,
    transaction: Transaction,
  ): Promise<QueuePolicy | null> {
    const concert = await Concert.findByPk(id, { transaction, lock: transaction.LOCK.NO_KEY_UPDATE });
    if (concert === null) return null;
    const before = policyOf(concert);
    const policy = { ...before, ...part };
    await settle(concert, { before, next: policy }, transaction);
    await concert.update({ ...columnsOf(policy), updatedAt: new Date() }, { transaction });
    return policy;
  }

  /** What a policy means beyond its columns. */
  async function settle(
    { id }: Concert,
    { before, next }: { before: QueuePolicy | null; next: QueuePolicy },
    transaction: Transaction,
  ): Promise<void> {
    const [room] = await sequelize.query<Omit<RoomNow, 'policy'>>(ROOM_NOW, {
      bind: [id],
      type: QueryTypes.SELECT,
      transaction,
    });
    if (room === undefined) throw new Error(`Concert ${id} has vanished`);
    const fault = policyFault({ ...room, policy: before }, next);
    if (fault !== null) throw new PolicyRefusedError(fault);
    if (next.order === 'draw' && room.draw === 'NONE') await announceDraw(sequelize, id, transaction);
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

const factsOf = ({ id, title, description, seatLimit, timeZone }: Concert): ConcertFacts => ({
  id,
  title,
  description,
  seatLimit,
  // Undefined right after the concert was made without one.
  timeZone: timeZone ?? null,
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
  admitBeyondStock: concert.admitBeyondStock,
});

const columnsOf = ({ opensAt, ...policy }: QueuePolicy) => ({
  ...policy,
  opensAt: opensAt === null ? null : new Date(opensAt),
});

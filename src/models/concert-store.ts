import { fn, Op, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { type MayLag, onPrimary } from '../lib/lagging-reads';
import { policyFault, PolicyRefusedError, type RoomNow } from '../waiting-room/policy-change';
import { BELOW_ORDINARY } from '../waiting-room/presale-range';
import { PolicyChangedError, policyVersion } from '../waiting-room/policy-version';
import type { QueuePolicy } from '../waiting-room/queue-policy';
import { BY_THE_SERVICE, difference, type DoneBy, writeAudit } from './audit-log';
import { announceDraw } from './draw-store';
import { IS_AHEAD, PRESALES_END } from './room-rules';
import { Concert } from './tables';

export interface ConcertFacts {
  id: string;
  title: string;
  description: string;
  /** Live seats that one fan may have on one date. */
  seatLimit: number;
}

/** What may be changed of a concert; what is left out stays. */
export type ConcertTerms = { [Name in Exclude<keyof ConcertFacts, 'id'>]?: ConcertFacts[Name] | undefined };

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
  create(concert: NewConcert, by?: DoneBy): Promise<ConcertFacts>;
  /** In force in every process within a second or two. @returns null when there is no such concert */
  change(id: string, terms: ConcertTerms, by?: DoneBy): Promise<ConcertFacts | null>;
  count(): Promise<number>;
  policy(id: string): Promise<QueuePolicy | null>;
  /**
   * @param ifVersion only when the policy is this one still
   * @returns the whole policy after the change, or null when there is no such concert
   * @throws PolicyRefusedError when the room, as it is, cannot have that policy; PolicyChangedError when it is another one by now
   */
  changePolicy(
    id: string,
    part: Partial<QueuePolicy>,
    by?: DoneBy,
    ifVersion?: string | null,
  ): Promise<QueuePolicy | null>;
}

// The database's clock decides what lies in the past.
const ROOM_NOW = `
  SELECT (extract(epoch FROM statement_timestamp()) * 1000)::float8 AS "nowMs",
         (extract(epoch FROM ${PRESALES_END}) * 1000)::float8 AS "presaleEndsMs",
         (extract(epoch FROM (SELECT min(s.booking_start_at) FROM schedules s
           WHERE s.concert_id = c.id AND ${IS_AHEAD})) * 1000)::float8 AS "bookingMs",
         c.room_watermark >= ${BELOW_ORDINARY} AS "hadTurns",
         CASE WHEN d.concert_id IS NULL THEN 'NONE' WHEN d.closed_at IS NULL THEN 'ANNOUNCED' ELSE 'CLOSED' END AS draw
    FROM concerts c LEFT JOIN draws d ON d.concert_id = c.id WHERE c.id = $1`;

/** Concerts and how their waiting rooms admit. */
export function createConcertStore(sequelize: Sequelize, mayLag: MayLag = onPrimary): ConcertStore {
  async function create(
    { policy, ...facts }: NewConcert,
    by: DoneBy,
    transaction: Transaction,
  ): Promise<Concert> {
    const concert = await Concert.create({ ...facts, ...columnsOf(policy) }, { transaction });
    await settle(concert, { before: null, next: policy }, transaction);
    const after = { ...facts, queue: policy };
    const subject = subjectOf(concert.id);
    await writeAudit(sequelize, { ...by, action: 'concert.create', subject, after }, transaction);
    return concert;
  }

  const locked = async (id: string, transaction: Transaction): Promise<Concert | null> =>
    Concert.findByPk(id, { transaction, lock: transaction.LOCK.NO_KEY_UPDATE });

  async function changeTerms(
    id: string,
    { terms, by }: { terms: ConcertTerms; by: DoneBy },
    transaction: Transaction,
  ): Promise<ConcertFacts | null> {
    const concert = await locked(id, transaction);
    if (concert === null) return null;
    const before = factsOf(concert);
    const { title = before.title, description = before.description, seatLimit = before.seatLimit } = terms;
    const after = { id, title, description, seatLimit };
    const changed = difference(before, after);
    if (changed === null) return before;
    await concert.update({ ...after, termsChangedAt: CLOCK, updatedAt: new Date() }, { transaction });
    const subject = subjectOf(id);
    await writeAudit(sequelize, { ...by, action: 'concert.change', subject, ...changed }, transaction);
    return after;
  }

  async function changePolicy(
    id: string,
    { part, by, ifVersion }: { part: Partial<QueuePolicy>; by: DoneBy; ifVersion: string | null },
    transaction: Transaction,
  ): Promise<QueuePolicy | null> {
    const concert = await locked(id, transaction);
    if (concert === null) return null;
    const before = policyOf(concert);
    if (ifVersion !== null && policyVersion(before) !== ifVersion) throw new PolicyChangedError(before);
    const policy = { ...before, ...part };
    await settle(concert, { before, next: policy }, transaction);
    const changed = difference(before, policy);
    if (changed === null) return policy;
    await concert.update({ ...columnsOf(policy), updatedAt: new Date() }, { transaction });
    const subject = subjectOf(id);
    await writeAudit(sequelize, { ...by, action: 'queue.change', subject, ...changed }, transaction);
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
    create: async (concert, by = BY_THE_SERVICE) =>
      factsOf(await inTransaction(sequelize, async (transaction) => create(concert, by, transaction))),
    change: async (id, terms, by = BY_THE_SERVICE) =>
      inTransaction(sequelize, async (transaction) => changeTerms(id, { terms, by }, transaction)),
    count: async () => Concert.count(),
    policy: async (id) => {
      const concert = await Concert.findByPk(id);
      return concert === null ? null : policyOf(concert);
    },
    changePolicy: async (id, part, by = BY_THE_SERVICE, ifVersion = null) =>
      inTransaction(sequelize, async (transaction) => changePolicy(id, { part, by, ifVersion }, transaction)),
  };
}

const CLOCK = fn('clock_timestamp');

const subjectOf = (id: string): string => `concert:${id}`;

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
  admitBeyondStock: concert.admitBeyondStock,
});

const columnsOf = ({ opensAt, ...policy }: QueuePolicy) => ({
  ...policy,
  opensAt: opensAt === null ? null : new Date(opensAt),
});

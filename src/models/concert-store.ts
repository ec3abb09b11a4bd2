import { Op, QueryTypes, type Sequelize } from 'sequelize';
import type { QueuePolicy } from '../lib/queue-policy';
import { Booking, Concert, Payment } from './tables';

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
  create(concert: NewConcert): Promise<ConcertFacts>;
  count(): Promise<number>;
  policy(id: string): Promise<QueuePolicy | null>;
  policies(ids: string[]): Promise<Map<string, QueuePolicy>>;
  /** @returns the whole policy after the change, or null when there is no such concert */
  changePolicy(id: string, part: Partial<QueuePolicy>): Promise<QueuePolicy | null>;
}

export function createConcertStore(): ConcertStore {
  return {
    list: async (limit, after) => {
      const concerts = await Concert.findAll({
        ...(after === null ? {} : { where: { id: { [Op.gt]: after } } }),
        order: [['id', 'ASC']],
        limit,
      });
      return concerts.map(factsOf);
    },
    find: async (id) => {
      const concert = await Concert.findByPk(id);
      return concert === null ? null : factsOf(concert);
    },
    create: async ({ policy, ...concert }) => factsOf(await Concert.create({ ...concert, ...policy })),
    count: async () => Concert.count(),
    policy: async (id) => {
      const concert = await Concert.findByPk(id);
      return concert === null ? null : policyOf(concert);
    },
    policies: async (ids) => {
      const concerts = await Concert.findAll({ where: { id: ids } });
      return new Map(concerts.map((concert) => [concert.id, policyOf(concert)]));
    },
    changePolicy: async (id, part) => {
      const [, [changed]] = await Concert.update(
        { ...part, updatedAt: new Date() },
        { where: { id }, returning: true },
      );
      return changed === undefined ? null : policyOf(changed);
    },
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
});

/** What the waiting room needs to know from Postgres; see `RoomRecords` in the waiting room for the meaning. */
export function createRoomRecords(sequelize: Sequelize) {
  async function holdEnds(concertId: string, userIds: string[] | null): Promise<Map<string, Date>> {
    const rows = await sequelize.query<{ userId: string; end: Date }>(
      `SELECT user_id AS "userId", max(expires_at) AS "end" FROM bookings
        WHERE concert_id = $1 AND status = 'PENDING' AND expires_at > statement_timestamp()
          AND ($2::uuid[] IS NULL OR user_id = ANY($2))
        GROUP BY user_id`,
      { bind: [concertId, userIds], type: QueryTypes.SELECT },
    );
    return new Map(rows.map((row) => [row.userId, row.end]));
  }

  return {
    load: async (concertId: string) => {
      const concert = await Concert.findByPk(concertId);
      return concert === null ? null : { policy: policyOf(concert), epoch: concert.roomEpoch };
    },
    advanceEpoch: async (concertId: string, from: number) => {
      const [changed] = await Concert.update(
        { roomEpoch: from + 1 },
        { where: { id: concertId, roomEpoch: from } },
      );
      return changed === 1;
    },
    liveHoldEnds: async (concertId: string, userIds: string[]) =>
      userIds.length === 0 ? new Map<string, Date>() : holdEnds(concertId, userIds),
    liveHolders: async (concertId: string) => holdEnds(concertId, null),
    admissionUsedSince: async (concertId: string, userId: string, since: Date) => {
      const payment = await Payment.findOne({ where: { concertId, userId, createdAt: { [Op.gte]: since } } });
      if (payment === null) return false;
      // Somebody who still holds other seats keeps the admission until those are paid for, too.
      const held = await Booking.count({
        where: { concertId, userId, status: 'PENDING', expiresAt: { [Op.gt]: new Date() } },
      });
      return held === 0;
    },
  };
}

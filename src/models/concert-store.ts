import { Op } from 'sequelize';
import { type MayLag, onPrimary } from '../lib/lagging-reads';
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
  create(concert: NewConcert): Promise<ConcertFacts>;
  count(): Promise<number>;
  policy(id: string): Promise<QueuePolicy | null>;
  /** @returns the whole policy after the change, or null when there is no such concert */
  changePolicy(id: string, part: Partial<QueuePolicy>): Promise<QueuePolicy | null>;
}

/** Concerts and how their waiting rooms admit. */
export function createConcertStore(mayLag: MayLag = onPrimary): ConcertStore {
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
    create: async ({ policy, ...concert }) => factsOf(await Concert.create({ ...concert, ...policy })),
    count: async () => Concert.count(),
    policy: async (id) => {
      const concert = await Concert.findByPk(id);
      return concert === null ? null : policyOf(concert);
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

import { nextTick, oneCommandPerTurn } from '../lib/one-command-per-turn';
import type { RedisClient } from '../lib/redis';
import { OPEN_ROOMS_KEY } from './keys';

/** A room that fell off the list (Redis lost it, or a process died before adding it) is back so soon. */
const RELIST_EVERY_MS = 10_000;
/** Forgetting all at once costs one extra SADD per room; remembering all would leak memory. */
const REMEMBERED_ROOMS = 10_000;

/** The list of rooms that may need ticking. */
export class OpenRooms {
  readonly #redis: RedisClient;
  /** A crowd that joins at once adds its room with every fan. */
  readonly #list: (key: string, concertId: string) => Promise<undefined>;
  // This process' clock only paces repetition here; no order, cap or end depends on it.
  readonly #addedAtMs = new Map<string, number>();

  constructor(redis: RedisClient) {
    this.#redis = redis;
    const list = async (_key: string, concertIds: readonly string[]) => {
      await redis.sadd(OPEN_ROOMS_KEY, ...new Set(concertIds));
      return concertIds.map(() => undefined);
    };
    this.#list = oneCommandPerTurn(list, { sendOn: nextTick });
  }

  all(): Promise<string[]> {
    return this.#redis.smembers(OPEN_ROOMS_KEY);
  }

  async add(concertId: string): Promise<void> {
    if (this.#addedAtMs.size >= REMEMBERED_ROOMS) this.#addedAtMs.clear();
    // Noted first, or every poll until the answer would add it as well.
    this.#addedAtMs.set(concertId, performance.now());
    try {
      await this.#list('', concertId);
    } catch (error) {
      this.#addedAtMs.delete(concertId);
      throw error;
    }
  }

  /** Adds it unless this process did so lately. For calls that are too frequent to add each time. */
  async keep(concertId: string): Promise<void> {
    const lastMs = this.#addedAtMs.get(concertId);
    if (lastMs === undefined || performance.now() - lastMs > RELIST_EVERY_MS) await this.add(concertId);
  }

  async remove(concertId: string): Promise<void> {
    this.#addedAtMs.delete(concertId);
    await this.#redis.srem(OPEN_ROOMS_KEY, concertId);
  }
}

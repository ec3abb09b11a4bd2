import { createDatabase } from '../../src/lib/database';
import { createLogger } from '../../src/lib/logger';
import { createRedis, type RedisClient } from '../../src/lib/redis';
import { createRoomRecords } from '../../src/models/room-records';
import { initModels } from '../../src/models/tables';
import { createQueueTokens, createWaitingRoom, roomKeys, type WaitingRoom } from '../../src/waiting-room';
import { memberOf } from '../../src/waiting-room/members';
import { fanId, SECRETS } from './fans';
import { CONCERT_ID } from './seed';

const CHUNK = 2000;
const FAR_MS = 12 * 3_600_000;

/** The waiting room of the show, filled straight in Redis: joining one by one would take longer than the run. */
export class Room {
  readonly #keys = roomKeys(CONCERT_ID);

  private constructor(
    readonly redis: RedisClient,
    readonly room: WaitingRoom,
    readonly close: () => Promise<void>,
  ) {}

  static connect(databaseUrl: string, redisUrl: string): Room {
    const redis = createRedis(redisUrl, 'worker', createLogger('bench', 'silent'));
    const database = createDatabase({ url: databaseUrl, pool: 2, name: 'frontrow bench' });
    initModels(database);
    const room = createWaitingRoom({
      redis,
      records: createRoomRecords(database),
      tokens: createQueueTokens(SECRETS.QUEUE_TOKEN_SECRET),
    });
    return new Room(redis, room, async () => {
      redis.disconnect();
      await database.close();
    });
  }

  /** Opens the room as a first join does, and empties it again. */
  async open(): Promise<void> {
    const nobody = fanId(0);
    await this.room.join(CONCERT_ID, nobody);
    await this.room.leave(CONCERT_ID, nobody);
  }

  /** Fans `first`…`last` are admitted for as long as the run may last. */
  async admit(first: number, last: number): Promise<void> {
    const [, , active = '', places = ''] = this.#keys;
    const endMs = Date.now() + FAR_MS;
    await this.#each(first, last, async (members) => {
      await this.redis.zadd(active, ...members.flatMap(({ member }) => [endMs, member]));
      await this.redis.hset(places, ...members.flatMap(({ member, fan }) => [member, `${fan} ${endMs}`]));
    });
  }

  /** Fans `first`…`last` wait in this order, and are taken for present as long as the run may last. */
  async wait(first: number, last: number): Promise<void> {
    const [waiting = '', seen = ''] = this.#keys;
    const presentUntilMs = Date.now() + FAR_MS;
    const startUs = (Date.now() - 3_600_000) * 1000;
    await this.#each(first, last, async (members) => {
      await this.redis.zadd(waiting, ...members.flatMap(({ member, fan }) => [startUs + fan, member]));
      await this.redis.hset(seen, ...members.flatMap(({ member }) => [member, presentUntilMs]));
    });
  }

  /** Takes out whoever came behind the first `size` waiters. */
  async cut(size: number): Promise<void> {
    const [waiting = '', seen = ''] = this.#keys;
    const behind = await this.redis.zrange(waiting, size, '-1');
    for (let from = 0; from < behind.length; from += CHUNK) {
      const members = behind.slice(from, from + CHUNK);
      await this.redis.zrem(waiting, ...members);
      await this.redis.hdel(seen, ...members);
    }
  }

  /** Bytes that Redis uses now. */
  async memory(): Promise<number> {
    const info = await this.redis.info('memory');
    return Number(/used_memory:(\d+)/.exec(info)?.[1]);
  }

  async #each(
    first: number,
    last: number,
    write: (members: { member: string; fan: number }[]) => Promise<void>,
  ): Promise<void> {
    for (let from = first; from <= last; from += CHUNK) {
      const length = Math.min(CHUNK, last - from + 1);
      await write(
        Array.from({ length }, (_, index) => ({ fan: from + index, member: memberOf(fanId(from + index)) })),
      );
    }
  }
}

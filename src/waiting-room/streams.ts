import type { RedisClient } from '../lib/redis';
import { runScript, type Script } from '../lib/redis-script';
import { roomChannel, streamsKey } from './keys';
import { memberOf } from './members';

/** Of one user and room, over all processes: each is looked after like a waiter who polls. */
export const MOST_STREAMS = 5;
/** A process that died leaves its entries behind; they are the first to make room for others. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/** Counts the streams of each user. */
export class Streams {
  constructor(
    readonly redis: RedisClient,
    readonly script: Script,
  ) {}

  /** Tells of a new one; the oldest beyond the limit is closed by the room's news. */
  async opened(concertId: string, userId: string, streamId: string): Promise<void> {
    const args = [streamId, MOST_STREAMS, FORGOTTEN_AFTER_MS, roomChannel(concertId)];
    await runScript(this.redis, this.script, [streamsKey(concertId, memberOf(userId))], args);
  }

  async closed(concertId: string, userId: string, streamId: string): Promise<void> {
    await this.redis.zrem(streamsKey(concertId, memberOf(userId)), streamId);
  }
}

// Lives in web and worker processes.
import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import type { RedisClient } from '../../lib/redis';
import { publish, type Subscriptions } from '../../lib/subscriptions';

const CHANNEL = 'frontrow:waitlist';
const MessageSchema = z.array(z.string());

/** Says whose entries on waiting lists have changed. Published once and never kept: whoever misses it looks again before long. */
export async function tellWaiters(redis: RedisClient, userIds: readonly string[]): Promise<void> {
  await publish(redis, CHANNEL, JSON.stringify(userIds));
}

/** Calls back with the users told of, until the returned function is called. */
export async function listenForWaiters(
  subscriptions: Subscriptions,
  logger: Logger,
  onUsers: (userIds: readonly string[]) => void,
): Promise<() => Promise<void>> {
  return subscriptions.listen(CHANNEL, (message) => {
    try {
      onUsers(MessageSchema.parse(JSON.parse(message)));
    } catch (error) {
      logger.warn({ err: error }, 'a message about waiting lists was not understood');
    }
  });
}

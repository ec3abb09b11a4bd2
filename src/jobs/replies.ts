import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '../lib/logger';
import type { Subscriptions } from '../lib/subscriptions';
import { FinishedSchema } from './outcome-notes';
import type { Finished } from './outcomes';

/** Tells the web process that sent a batch how its commands ended, so that waiting requests need not ask again. */
export interface Reply {
  batchId: string;
  scheduleId: string;
  finished: Finished[];
}

const ReplySchema = z.object({
  batchId: z.string(),
  scheduleId: z.string(),
  finished: z.array(FinishedSchema),
});

const channelOf = (processId: string): string => `frontrow:replies:${processId}`;

/** Published once and never kept: whoever misses it finds the outcome in Redis or Postgres. */
export async function sendReply(redis: Redis, processId: string, reply: Reply): Promise<void> {
  await redis.publish(channelOf(processId), JSON.stringify(reply));
}

export async function listenForReplies(
  subscriptions: Subscriptions,
  processId: string,
  logger: Logger,
  onReply: (reply: Reply) => void,
): Promise<() => Promise<void>> {
  return subscriptions.listen(channelOf(processId), (message) => {
    const reply = ReplySchema.safeParse(parsed(message));
    if (reply.success) onReply(reply.data);
    else logger.warn({ err: reply.error }, 'a reply was not understood');
  });
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // Not JSON: the schema says so.
  }
}

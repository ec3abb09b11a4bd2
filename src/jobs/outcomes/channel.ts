// Lives in web and worker processes.
import type { RedisClient } from '../../lib/redis';
import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { sharing, thisTurn } from '../../lib/one-command-per-turn';
import { publish, type Subscriptions } from '../../lib/subscriptions';
import { FinishedSchema } from './outcome-cache';
import type { Finished } from './outcomes';

/** Tells the web process that sent a batch how its commands ended, so that waiting requests need not ask again. */
export interface Reply {
  batchId: string;
  scheduleId: string;
  finished: Finished[];
}

const RepliesSchema = z.array(
  z.object({ batchId: z.string(), scheduleId: z.string(), finished: z.array(FinishedSchema) }),
);

const channelOf = (processId: string): string => `frontrow:replies:${processId}`;

export interface Replies {
  /** Published once and never kept: whoever misses it finds the outcome in Redis or Postgres. */
  send(processId: string, reply: Reply): Promise<void>;
}

/** The batches of one process that ended in the same transaction share a message. */
export function createReplies(redis: RedisClient): Replies {
  const send = sharing(
    async (processId: string, replies: readonly Reply[]) => {
      await publish(redis, channelOf(processId), JSON.stringify(replies));
      return replies.map(() => undefined);
    },
    { gather: thisTurn },
  );
  return { send };
}

export async function listenForReplies(
  subscriptions: Subscriptions,
  processId: string,
  logger: Logger,
  onReply: (reply: Reply) => void,
): Promise<() => Promise<void>> {
  return subscriptions.listen(channelOf(processId), (message) => {
    const replies = RepliesSchema.safeParse(parsed(message));
    if (replies.success) replies.data.forEach(onReply);
    else logger.warn({ err: replies.error }, 'a reply was not understood');
  });
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // Not JSON: the schema says so.
  }
}

// Lives in web and worker processes.
import type { RedisClient } from '../../lib/redis';
import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { nextTick, oneCommandPerTurn } from '../../lib/one-command-per-turn';
import { publish, type Subscriptions } from '../../lib/subscriptions';
import type { EndedCommand } from '../../models/command-store';
import { endedJob, EndedJobSchema } from './ended-job';

const EndedBatchSchema = z.object({
  batchId: z.string(),
  scheduleId: z.string(),
  finished: z.array(EndedJobSchema),
});
const MessageSchema = z.array(EndedBatchSchema);

/** How the commands of a batch ended: told to the web process that sent it, so that waiting requests need not ask again. */
export type EndedBatch = z.infer<typeof EndedBatchSchema>;
type Ended = Omit<EndedBatch, 'finished'> & { finished: readonly EndedCommand[] };

const channelOf = (processId: string): string => `frontrow:replies:${processId}`;

export interface OutcomeChannel {
  /** Published once and never kept: whoever misses it finds the outcomes in Redis or Postgres. */
  tell(processId: string, batch: Ended): Promise<void>;
}

/** The batches of one process that ended in the same transaction share a message. */
export function createOutcomeChannel(redis: RedisClient): OutcomeChannel {
  const tell = oneCommandPerTurn(
    async (processId: string, batches: readonly Ended[]) => {
      const message = batches.map((batch) => ({ ...batch, finished: batch.finished.map(endedJob) }));
      await publish(redis, channelOf(processId), JSON.stringify(message));
      return batches.map(() => undefined);
    },
    { sendOn: nextTick },
  );
  return { tell };
}

export async function listenForOutcomes(
  subscriptions: Subscriptions,
  processId: string,
  logger: Logger,
  onBatch: (batch: EndedBatch) => void,
): Promise<() => Promise<void>> {
  return subscriptions.listen(channelOf(processId), (message) => {
    const batches = MessageSchema.safeParse(parsed(message));
    if (batches.success) batches.data.forEach(onBatch);
    else logger.warn({ err: batches.error }, 'a message about outcomes was not understood');
  });
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // Not JSON: the schema says so.
  }
}

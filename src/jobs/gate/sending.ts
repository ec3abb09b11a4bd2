// Lives in the web process.
import { isDatabaseAway } from '../../lib/database-errors';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { CommandStore } from '../../models/command-store';
import { addWithin, type Queues } from '../queues/queues';
import type { Batch, PendingCommand } from './schedule-batcher';
import { TIMES } from '../../lib/times';

/** What the batcher works with. */
export interface BatcherParts {
  store: CommandStore;
  queues: Queues;
  processId: string;
  metrics: Metrics;
  logger: Logger;
}

/**
 * Records commands in one statement, and tells their requests. Never rejects: each request gets the outcome, or the failure.
 * @returns those that were recorded now
 */
export async function recordPending(
  parts: BatcherParts,
  pending: readonly PendingCommand[],
): Promise<Set<PendingCommand>> {
  const now = new Set<PendingCommand>();
  try {
    const recorded = await parts.store.record(pending.map(({ asked }) => asked));
    for (const each of pending) {
      const known = recorded.get(each.asked.command.id);
      if (known === null) now.add(each);
      // Neither recorded now nor known by its key: it is there already, under its own id.
      answer(parts, each, known ?? null);
    }
  } catch (error) {
    if (pending.length <= 1 || isDatabaseAway(error)) {
      for (const { reject } of pending) reject(error);
      return now;
    }
    // One of them is to blame, and must not take the others' requests with it.
    parts.logger.warn({ err: error, commands: pending.length }, 'recording failed: now each half by itself');
    const middle = Math.ceil(pending.length / 2);
    for (const half of [pending.slice(0, middle), pending.slice(middle)]) {
      for (const each of await recordPending(parts, half)) now.add(each);
    }
  }
  return now;
}

/**
 * Queues a batch. Should that fail, it is recorded all the same, and found as work that is due.
 * @param isKept whether its job stays for a while when it went well, for operators to look at
 */
export async function queueBatch(
  parts: BatcherParts,
  { id: batchId, scheduleId, commands }: Batch,
  isKept: boolean,
): Promise<void> {
  const unrecorded = commands.filter(({ recordFirst }) => !recordFirst);
  try {
    const data = {
      batchId,
      replyTo: parts.processId,
      commands: commands.map(({ asked }) => asked.command),
      polled: commands.filter(({ recordFirst }) => recordFirst).map(({ asked }) => asked.command.id),
    };
    const options = isKept ? { jobId: batchId } : { jobId: batchId, removeOnComplete: true };
    await addWithin(TIMES.queueBatchMs, parts.queues.add(scheduleId, 'commands', data, options));
  } catch (error) {
    parts.logger.warn({ err: error, batchId }, 'a batch was not queued: it is recorded, and will be found');
    if (unrecorded.length > 0) await recordPending(parts, unrecorded);
    return;
  }
  for (const each of unrecorded) answer(parts, each, null);
}

function answer(
  { metrics }: BatcherParts,
  { putAtMs, resolve }: PendingCommand,
  earlier: Parameters<PendingCommand['resolve']>[0],
): void {
  metrics.gateSeconds.observe((performance.now() - putAtMs) / 1000);
  resolve(earlier);
}

// Lives in the worker process.
import type { Logger } from '../../lib/logger';

/** Runs the parts of a clock job one after the other. A broken one must not keep the others from theirs. */
export async function eachPart(
  job: string,
  parts: ReadonlyMap<string, () => Promise<void>>,
  logger: Logger,
): Promise<void> {
  const failed: unknown[] = [];
  for (const [part, run] of parts) {
    try {
      await run();
    } catch (error) {
      logger.error({ err: error, job, part }, 'a part of a clock job failed');
      failed.push(error);
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} parts of ${job} failed`);
}

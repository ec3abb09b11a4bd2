// Lives in web and worker processes.
import { z } from 'zod';
import type { EndedCommand } from '../../models/command-store';

/**
 * An ended command as it is told and noted: with its outcome as JSON, which the web process puts into its answer as it is.
 * Taking it apart and putting it together again would be a good part of what an answer costs.
 */
export const EndedJobSchema = z.object({
  id: z.string(),
  userId: z.string(),
  kind: z.enum(['hold', 'pay', 'cancel', 'enlist', 'withdraw', 'block', 'unblock']),
  status: z.enum(['completed', 'rejected', 'failed']),
  // The build before told the outcome itself.
  outcome: z.unknown().transform((told) => (typeof told === 'string' ? told : JSON.stringify(told))),
  finishedAtMs: z.number(),
});

export type EndedJob = z.infer<typeof EndedJobSchema>;

export const endedJob = (ended: EndedCommand): EndedJob => ({
  ...ended,
  outcome: JSON.stringify(ended.outcome),
});

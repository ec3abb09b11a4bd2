import { z } from 'zod';
import { IdInput, Moment } from '../schemas';

export const QueueState = z
  .object({
    concertId: z.string(),
    status: z.enum(['WAITING', 'ACTIVE']),
    position: z.int().meta({ description: '1 = next to be admitted; 0 when ACTIVE' }),
    estimatedWaitSeconds: z.number().nullable().meta({ description: 'null when it cannot be known' }),
    pollAfterMs: z.int().meta({ description: 'When to ask again' }),
    queueToken: z.string().meta({ description: 'Send it as X-Queue-Token' }),
    expiresAt: Moment.nullable().meta({ description: 'When ACTIVE, when the admission ends' }),
  })
  .meta({ id: 'QueueState' });

export const JoinBody = z.object({ concertId: IdInput });
export const RoomQuery = z.object({ concertId: IdInput });

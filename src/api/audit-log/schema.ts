import { z } from 'zod';
import { MomentInput } from '../operators/schema';
import { Moment, NextCursor, PageQuery, text } from '../schemas';

export const AuditFilterQuery = z.object({
  subject: text(200)
    .optional()
    .meta({ description: 'What it was done to, as entries have it', examples: ['schedule:12'] }),
  action: text(100)
    .optional()
    .meta({ description: 'What was done', examples: ['queue.change'] }),
  who: text(254).optional().meta({ description: "A user's id or e-mail; `service`: the service itself" }),
  from: MomentInput.optional(),
  to: MomentInput.optional(),
});

export const AuditQuery = AuditFilterQuery.extend(PageQuery.shape);

const AuditEntryView = z
  .object({
    id: z.string(),
    at: Moment,
    who: z
      .object({ id: z.uuid(), email: z.string().nullable(), name: z.string() })
      .nullable()
      .meta({ description: 'null: the service itself' }),
    action: z.string(),
    subject: z.string(),
    before: z.unknown().meta({ description: 'What changed, as it was; null: nothing was there' }),
    after: z.unknown().meta({ description: 'What changed, as it is since' }),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

export const AuditPage = z.object({ entries: z.array(AuditEntryView), nextCursor: NextCursor });

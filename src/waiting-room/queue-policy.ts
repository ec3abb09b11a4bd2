import { z } from 'zod';

const LONGEST_MESSAGE = 280;
const YEARS = { first: 2000, last: 2200 };

const OpensAt = z.iso
  .datetime({ offset: true })
  .refine((text) => {
    const year = new Date(text).getUTCFullYear();
    return year >= YEARS.first && year < YEARS.last;
  }, `must lie between ${YEARS.first} and ${YEARS.last}`)
  // Also called for a text that is none.
  .overwrite((text) => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()));

// Characters as people count them, and as Postgres does: JavaScript's own length counts an emoji as two.
const Message = z
  .string()
  .trim()
  .min(1)
  .refine(
    (text) => Array.from(text).length <= LONGEST_MESSAGE,
    `must have ${LONGEST_MESSAGE} characters at most`,
  )
  .refine((text) => !text.includes('\u0000'), 'must not contain NUL characters')
  .meta({ maxLength: LONGEST_MESSAGE });

/** How one concert's waiting room admits. Defaults come from the settings; operators change any part while it runs. */
export const QueuePolicySchema = z
  .object({
    maxActive: z
      .int()
      .min(0)
      .max(1_000_000)
      .meta({ description: 'Most fans admitted at once. 0 admits nobody.' }),
    admitPerInterval: z
      .int()
      .min(1)
      .max(100_000)
      .meta({ description: 'Most fans admitted in any interval.' }),
    admitIntervalMs: z.int().min(100).max(3_600_000).meta({ description: 'Length of that interval.' }),
    activeTtlSeconds: z.int().min(1).max(86_400).meta({
      description: 'How long seats may be chosen after admission. Live holds keep the admission for paying.',
    }),
    abandonAfterSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .meta({ description: 'A waiter without a sign of life for so long is passed over.' }),
    paused: z.boolean().meta({ description: 'Admit nobody for now; places are kept.' }),
    opensAt: OpensAt.nullable().meta({
      description: 'Nobody is admitted before. null: when booking of the first date starts.',
    }),
    order: z.enum(['arrival', 'draw']).meta({
      description:
        'arrival: first come, first served. draw: whoever is there at the opening is put in a random order that anybody can recompute; later ones follow by arrival.',
    }),
    message: Message.nullable().meta({ description: 'Shown to everybody in the room.' }),
    admitBeyondStock: z.boolean().meta({
      description:
        'false: no more fans are inside with time for choosing than there are free seats to choose from. Nobody is admitted to a concert that is sold out, whatever this says.',
    }),
  })
  .meta({ id: 'QueuePolicy' });

export type QueuePolicy = z.infer<typeof QueuePolicySchema>;

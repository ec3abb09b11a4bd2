import { z } from 'zod';

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
  })
  .meta({ id: 'QueuePolicy' });

export type QueuePolicy = z.infer<typeof QueuePolicySchema>;

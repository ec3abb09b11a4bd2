import { z } from 'zod';
import { Lines } from '../../desk/curves';

export const DeskTrouble = z.object({
  /** samples: no worker has left any of late. */
  lacking: z.enum(['redis', 'samples']),
  since: z.iso.datetime(),
});
export type DeskTrouble = z.infer<typeof DeskTrouble>;

export const CurvesView = z
  .object({
    stepSeconds: z.number(),
    at: z.array(z.number()).meta({ description: 'The moments of the samples, in seconds since 1970' }),
    lines: Lines.meta({ description: 'For each curve a value at each moment; null: not known then' }),
  })
  .meta({ id: 'Curves' });

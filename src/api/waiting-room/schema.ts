import { z } from 'zod';
import { PHASES } from '../../waiting-room';
import { IdInput, Moment } from '../schemas';

export const QueueState = z
  .object({
    concertId: z.string(),
    status: z.enum(['WAITING', 'ACTIVE']),
    position: z.int().nullable().meta({
      description:
        '1 = next to be admitted; 0 when ACTIVE; null before a draw, and while a presale may put others in front',
    }),
    estimatedWaitSeconds: z.number().nullable().meta({ description: 'null when it cannot be known' }),
    pollAfterMs: z.int().meta({ description: 'When to ask again' }),
    queueToken: z.string().meta({ description: 'Send it as X-Queue-Token' }),
    expiresAt: Moment.nullable().meta({ description: 'When ACTIVE, when the admission ends' }),
    mayHold: z.boolean().meta({
      description: 'true while seats may be chosen; after that, live holds keep the admission for paying',
    }),
    phase: z
      .enum(PHASES)
      .meta({ description: 'BEFORE_OPENING: nobody is admitted, as the room is not open yet' }),
    opensAt: Moment.nullable().meta({
      description: 'BEFORE_OPENING: when the room opens; null when that is not known',
    }),
    drawPseudonym: z.string().nullable().meta({
      description:
        "What this fan is called in the order of the concert's draw; null without one, and for whoever came after its list was closed",
    }),
    presale: z.object({ name: z.string(), endsAt: Moment }).nullable().meta({
      description:
        'The presale that runs: until its end only those with a code of it are let in; null without one',
    }),
    message: z.string().nullable().meta({ description: 'What the operators say to everybody in the room' }),
    stock: z
      .object({ available: z.int(), held: z.int() })
      .nullable()
      .meta({ description: 'Seats that are left; null when that is not told' }),
  })
  .meta({
    id: 'QueueState',
    examples: [
      {
        concertId: '3',
        status: 'WAITING',
        position: 512,
        estimatedWaitSeconds: 40,
        pollAfterMs: 5000,
        queueToken: 'eyJhbGciOiJIUzI1NiJ9.e30.…',
        expiresAt: null,
        mayHold: false,
        phase: 'OPEN',
        opensAt: null,
        drawPseudonym: null,
        presale: null,
        message: null,
        stock: null,
      },
    ],
  });

export const JoinBody = z.object({
  concertId: IdInput,
  accessCode: z
    .string()
    .max(200)
    // A field left empty is none.
    .transform((code) => (code.trim() === '' ? null : code))
    .nullish()
    .meta({
      type: 'string',
      description: 'While a presale runs: a code of it, once. Cases, spaces and dashes do not matter',
    }),
});
export const RoomQuery = z.object({ concertId: IdInput });

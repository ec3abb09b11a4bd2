import { z } from 'zod';
import { MOST_SEATS } from './read-plan';

// A hundred thousand lines, with attributes, in any writing.
export const PLAN_BODY_BYTES = 12 * 1024 * 1024;

export const PlanText = z
  .string()
  .min(1)
  .max(PLAN_BODY_BYTES)
  .meta({
    description: `A CSV file, a line a seat, ${MOST_SEATS} at most. Its first line names the columns, in any order: section, row, number (as printed on the chair), price; and if wanted quality, attributes (\`accessible=true;view=side\`), standing. Separated by commas, semicolons or tabs`,
    examples: ['section,row,number,price,attributes\nStalls,1,1,50000,accessible=true\nStalls,1,2,50000,\n'],
  });

export const PlanFaultView = z
  .object({
    path: z.literal('body.plan'),
    message: z.string().meta({ description: 'With the line and the column in it' }),
    line: z.int().nullable().meta({ description: 'null: of the file as a whole' }),
    column: z.string().nullable(),
    detail: z.string(),
  })
  .meta({ id: 'PlanFault' });

const PlanSummaryView = z
  .object({
    seats: z.int(),
    sections: z.array(
      z.object({
        name: z.string(),
        rows: z.int(),
        seats: z.int(),
        standing: z.int(),
        accessible: z.int(),
        lowestPrice: z.int(),
        highestPrice: z.int(),
      }),
    ),
    prices: z.array(z.object({ price: z.int(), seats: z.int() })),
    labelled: z.int().meta({ description: 'Seats with another number printed on them than their own' }),
    gaps: z.int().meta({ description: 'Places in rows across which nobody sits side by side' }),
    worth: z.int().meta({ description: 'What it comes to when all are sold, in points' }),
  })
  .meta({ id: 'PlanSummary' });

export const PlanCheckAnswer = z.object({
  plan: PlanSummaryView.meta({ description: 'Of the seats that could be read' }),
  errors: z.array(PlanFaultView).meta({ description: 'Empty: a date can be made with it' }),
  moreErrors: z.boolean().meta({ description: 'There are more than are told' }),
});

import { z } from 'zod';

const seats = {
  total: z.int(),
  available: z.int(),
  held: z.int().meta({ description: 'Kept for somebody who may still pay: a hold that has ended is none' }),
  sold: z.int(),
};

export const DateSalesView = z
  .object({
    id: z.string(),
    startAt: z.iso.datetime(),
    ...seats,
    blocked: z.int().meta({ description: 'Out of sale' }),
    revenue: z.int().meta({ description: 'Paid and not given back, in points' }),
    refunded: z.int(),
    sections: z.array(z.object({ name: z.string(), ...seats, blocked: z.int() })),
  })
  .meta({ id: 'DateSales' });

import { z } from 'zod';
import { createDateSales, type DateSalesParts } from '../../desk/date-sales';
import { remembered } from '../../lib/remembered';
import type { Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ConcertId, notFound } from '../path';
import { DateSalesView } from './schema';

export interface SalesRoutesParts extends Omit<DateSalesParts, 'store'> {
  policies: Policies;
  desk: DateSalesParts['store'];
}

export function salesRoutes({ policies, desk, ...parts }: SalesRoutesParts): Endpoint[] {
  // A burst of desks costs one read.
  const salesOf = remembered(createDateSales({ ...parts, store: desk }), { forMs: 1000, most: 200 });
  return [
    endpoint({
      name: 'getSales',
      method: 'get',
      path: at('/api/admin/concerts/:concertId/sales', { concertId: ConcertId }),
      tag: "Operators' desk",
      summary: 'What is sold of each date of a concert, and what it brought',
      access: policies.staff('support'),
      input: z.object({}),
      answers: {
        200: {
          description: 'All its dates, the first show first',
          schema: z.object({ schedules: z.array(DateSalesView) }),
          headers: ['Cache-Control'],
        },
      },
      handle: async ({ params: { concertId } }) => {
        const schedules = await salesOf(concertId);
        if (schedules === null) throw notFound(ConcertId);
        return { status: 200, body: { schedules }, headers: { 'Cache-Control': 'no-store' } };
      },
    }),
  ];
}

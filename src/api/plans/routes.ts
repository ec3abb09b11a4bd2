import { z } from 'zod';
import { TIMES } from '../../lib/times';
import type { SeatCatalog } from '../../models/seat-catalog';
import type { Policies } from '../access';
import { scheduleFinder } from '../concerts/routes';
import { csvAnswer } from '../csv';
import { endpoint, type Endpoint } from '../endpoint';
import { at, ScheduleId } from '../path';
import { checkPlan } from './checked-plan';
import { PLAN_BODY_BYTES, PlanCheckAnswer, PlanText } from './schema';
import { summaryOf } from './summary';
import { writePlan } from './write-plan';

export interface PlanRoutesParts {
  policies: Policies;
  catalog: SeatCatalog;
}

/** The seats of a date as a file: looked through before anything is made of it, and given back. */
export function planRoutes({ policies, catalog }: PlanRoutesParts): Endpoint[] {
  const tag = 'Operators';
  const findSchedule = scheduleFinder(catalog);
  return [
    endpoint({
      name: 'checkPlan',
      method: 'post',
      path: at('/api/admin/plans/check', {}),
      tag,
      summary: 'What a plan holds, and every fault of it with its line: nothing is made',
      access: policies.operator,
      input: z.object({ body: z.object({ plan: PlanText }) }),
      bodyBytes: PLAN_BODY_BYTES,
      waitsMs: TIMES.longCallMs,
      answers: { 200: { description: 'What was read', schema: PlanCheckAnswer } },
      handle: async ({ input: { body } }) => {
        const { seats, errors, moreErrors } = await checkPlan(body.plan);
        return { status: 200, body: { plan: await summaryOf(seats), errors, moreErrors } };
      },
    }),
    endpoint({
      name: 'getPlan',
      method: 'get',
      path: at('/api/admin/schedules/:scheduleId/plan.csv', { scheduleId: ScheduleId }),
      tag,
      summary: 'The plan of a date, as it can be sent for the next one',
      access: policies.operator,
      input: z.object({}),
      waitsMs: TIMES.longCallMs,
      answers: { 200: csvAnswer('A line a seat') },
      handle: async ({ caller: { userId }, params }) => {
        const { scheduleId } = params;
        await findSchedule(params, userId);
        const headers = {
          'Content-Type': 'text/csv; charset=utf-8',
          'Content-Disposition': `attachment; filename="plan-${scheduleId}.csv"`,
          'Cache-Control': 'no-store',
        };
        return { status: 200, body: await writePlan(await catalog.hall(scheduleId)), headers };
      },
    }),
  ];
}

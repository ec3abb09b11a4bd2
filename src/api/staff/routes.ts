import { z } from 'zod';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import type { RoleRefusal, StaffStore } from '../../models/staff-store';
import type { Policies } from '../access';
import { doneBy } from '../done-by';
import { endpoint, type Endpoint } from '../endpoint';
import { at } from '../path';
import { StaffAnswer, StaffBody, StaffList } from './schema';

export interface StaffRoutesParts {
  policies: Policies;
  staff: StaffStore;
  logger: Logger;
}

export function staffRoutes({ policies, staff, logger }: StaffRoutesParts): Endpoint[] {
  const tag = 'Operators';
  const path = at('/api/admin/staff', {});
  return [
    endpoint({
      name: 'listStaff',
      method: 'get',
      path,
      tag,
      summary: 'Who works here, and as what',
      access: policies.operator,
      input: z.object({}),
      answers: { 200: { description: 'By role and e-mail', schema: StaffList } },
      handle: async () => ({ status: 200, body: { staff: await staff.list() } }),
    }),
    endpoint({
      name: 'giveRole',
      method: 'post',
      path,
      tag,
      summary:
        'Give somebody who has an account here a role, or take it away: in force everywhere within seconds',
      access: policies.operator,
      input: z.object({ body: StaffBody }),
      answers: { 200: { description: 'As they are now', schema: StaffAnswer } },
      problems: ['USER_NOT_FOUND', 'LAST_OPERATOR'],
      handle: async ({ ctx, caller, input: { body } }) => {
        const user = await staff.giveRole(body.email, body.role, doneBy(ctx, caller));
        if (typeof user === 'string') throw refusal(user);
        logger.info({ operatorId: caller.userId, userId: user.id, role: user.role }, 'role given');
        return { status: 200, body: { user } };
      },
    }),
  ];
}

function refusal(reason: RoleRefusal): Problem {
  switch (reason) {
    case 'NO_OPERATOR':
      return new Problem('FORBIDDEN', 'This is for operators only.');
    case 'LAST_OPERATOR':
      return new Problem('LAST_OPERATOR', 'Make somebody else an operator first: nobody would be left.');
    case 'NO_USER':
      return new Problem(
        'USER_NOT_FOUND',
        'Nobody has signed up here with this e-mail. Staff need an account of this service, not of another issuer.',
      );
  }
}

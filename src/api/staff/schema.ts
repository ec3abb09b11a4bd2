import { z } from 'zod';
import { ROLES } from '../../models/roles';
import { Email, UserView } from '../accounts/schema';

export const StaffBody = z.object({
  email: Email,
  role: z.enum(ROLES).meta({ description: '`user` takes all rights of staff away' }),
});

export const StaffAnswer = z.object({ user: UserView });

export const StaffList = z.object({ staff: z.array(UserView) });

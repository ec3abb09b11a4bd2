import { z } from 'zod';
import { ROLES } from '../../models/roles';
import { text } from '../schemas';

export const UserView = z
  .object({ id: z.uuid(), email: z.string(), name: z.string(), role: z.enum(ROLES) })
  .meta({ id: 'User' });

export const Email = z.string().trim().max(254).pipe(z.email());

export const SignupBody = z.object({
  email: Email,
  password: z.string().min(8).max(200).meta({ description: '8 to 200 characters' }),
  name: text(100),
});

// No rule on the password's form here: that would tell a guesser which passwords cannot be right.
export const LoginBody = z.object({
  email: z.string().trim().min(1).max(254),
  password: z.string().min(1).max(1000),
});

export const SignedIn = z.object({
  user: UserView,
  accessToken: z.string(),
  expiresIn: z.int().meta({ description: 'seconds' }),
});

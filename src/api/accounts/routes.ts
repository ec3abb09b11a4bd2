import { z } from 'zod';
import { Problem } from '../../lib/problems';
import type { Account, AccountStore } from '../../models/account-store';
import type { Policies } from '../access';
import { endpoint, type Endpoint } from '../endpoint';
import { at } from '../path';
import type { AccessTokens } from './access-tokens';
import type { Passwords } from './passwords';
import type { Revocations } from './revocations';
import { LoginBody, SignedIn, SignupBody, UserView } from './schema';

export interface AccountRoutesParts {
  policies: Policies;
  accounts: AccountStore;
  accessTokens: AccessTokens;
  passwords: Passwords;
  revocations: Revocations;
}

export function accountRoutes(parts: AccountRoutesParts): Endpoint[] {
  const { policies, accounts, accessTokens, passwords, revocations } = parts;
  const signedIn = (user: Account) => ({
    user: userView(user),
    accessToken: accessTokens.issue(user.id, user.role),
    expiresIn: accessTokens.ttlSeconds,
  });

  return [
    endpoint({
      name: 'signUp',
      method: 'post',
      path: at('/api/auth/signup', {}),
      tag: 'Accounts',
      summary: 'Make an account',
      access: policies.anybody,
      input: z.object({ body: SignupBody }),
      answers: { 201: { description: 'Made, and signed in', schema: SignedIn } },
      problems: ['EMAIL_TAKEN', 'OVERLOADED'],
      handle: async ({ input: { body } }) => {
        const passwordHash = await passwords.hash(body.password);
        const user = await accounts.create({ email: body.email, name: body.name, passwordHash });
        if (user === null) throw new Problem('EMAIL_TAKEN', 'Sign in, or use another email.');
        return { status: 201, body: signedIn(user) };
      },
    }),
    endpoint({
      name: 'logIn',
      method: 'post',
      path: at('/api/auth/login', {}),
      tag: 'Accounts',
      summary: 'Sign in',
      access: policies.anybody,
      input: z.object({ body: LoginBody }),
      answers: { 200: { description: 'Signed in', schema: SignedIn } },
      problems: ['BAD_CREDENTIALS', 'OVERLOADED'],
      handle: async ({ input: { body } }) => {
        const user = await accounts.findByEmail(body.email);
        const right = await passwords.matches(user?.passwordHash ?? null, body.password);
        if (user === null || !right)
          throw new Problem('BAD_CREDENTIALS', 'The email or the password is wrong.');
        return { status: 200, body: signedIn(user) };
      },
    }),
    endpoint({
      name: 'logOut',
      method: 'post',
      path: at('/api/auth/logout', {}),
      tag: 'Accounts',
      summary: 'Sign out: this access token is refused from then on',
      access: policies.user,
      input: z.object({}),
      answers: { 204: { description: 'Signed out', schema: null } },
      handle: async ({ caller }) => {
        await revocations.revoke(caller.tokenId, caller.expiresAt);
        return { status: 204 };
      },
    }),
    endpoint({
      name: 'getMe',
      method: 'get',
      path: at('/api/users/me', {}),
      tag: 'Accounts',
      summary: 'Who am I',
      access: policies.user,
      input: z.object({}),
      answers: { 200: { description: 'The user', schema: z.object({ user: UserView }) } },
      handle: async ({ caller }) => {
        const user = await accounts.find(caller.userId);
        if (user === null) throw new Problem('TOKEN_INVALID', 'This account does not exist any more.');
        return { status: 200, body: { user: userView(user) } };
      },
    }),
  ];
}

const userView = ({ id, email, name, role }: Account) => ({ id, email, name, role });

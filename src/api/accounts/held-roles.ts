import { remembered } from '../../lib/remembered';
import type { AccountStore } from '../../models/account-store';
import type { Role } from '../../models/roles';

/** What somebody may do now, or might two seconds ago: for checks before a request, and again and again while a stream is open. */
export interface HeldRoles {
  /** 'user' too for who is not there. */
  of(userId: string): Promise<Role>;
}

// A desk asks several times a second. So long a dismissed person goes on.
const HELD = { forMs: 2000, most: 10_000 };

export function createHeldRoles(accounts: Pick<AccountStore, 'role'>): HeldRoles {
  return { of: remembered(async (userId) => (await accounts.role(userId)) ?? 'user', HELD) };
}

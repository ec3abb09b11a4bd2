import type { DoneBy } from '../models/audit-log';
import type { AccessClaims } from './accounts/access-tokens';
import type { Context } from './endpoint';

/** Whose act a request is, for the audit log. */
export const doneBy = (ctx: Context, { userId }: Pick<AccessClaims, 'userId'>): DoneBy => ({
  userId,
  requestId: ctx.state.requestId,
});

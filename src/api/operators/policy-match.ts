import { Problem } from '../../lib/problems';
import type { AuditLog } from '../../models/audit-log';
import { policyVersion, type QueuePolicy } from '../../waiting-room';
import { PolicyChangedError } from '../../waiting-room/policy-version';
import type { Context } from '../endpoint';

export const IF_MATCH_HEADER = {
  'If-Match':
    'The ETag of the policy that the change was made in view of: refused when it is another one by now',
};

export const policyETag = (policy: QueuePolicy) => ({ ETag: `"${policyVersion(policy)}"` });

/** @returns null: whatever it is by now */
export function ifMatch(ctx: Context): string | null {
  const sent = ctx.get('if-match').trim();
  if (sent === '' || sent === '*') return null;
  return sent.replace(/^(?:W\/)?"(.*)"$/, '$1');
}

/** @throws Problem PRECONDITION_FAILED that says what the policy is now, and who made it so */
export async function unlessChanged<T>(
  auditLog: Pick<AuditLog, 'page'>,
  concertId: string,
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof PolicyChangedError)) throw error;
    const { policy } = error;
    const changedBy = await lastChange(auditLog, concertId);
    const whom = changedBy === null ? 'Somebody' : (changedBy.name ?? 'The service itself');
    throw new Problem(
      'PRECONDITION_FAILED',
      `${whom} has changed this room since you looked at it. See what it is now.`,
      {
        members: { policy, policyVersion: policyVersion(policy), changedBy },
      },
    );
  }
}

/** As the audit log names a change of a waiting room's policy. */
const ACTION = 'queue.change';

async function lastChange(auditLog: Pick<AuditLog, 'page'>, concertId: string) {
  const [entry] = await auditLog.page({ subject: `concert:${concertId}`, action: ACTION }, 1, null);
  if (entry === undefined) return null;
  return { at: entry.at, name: entry.who?.name ?? null, email: entry.who?.email ?? null };
}

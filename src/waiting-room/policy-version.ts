import { createHash } from 'node:crypto';
import type { QueuePolicy } from './queue-policy';

/** Thrown where a policy was to be changed in view of one that is not in force any more. */
export class PolicyChangedError extends Error {
  constructor(readonly policy: QueuePolicy) {
    super('The policy has been changed meanwhile');
    this.name = 'PolicyChangedError';
  }
}

/**
 * What a policy says, in a few characters: by it a change can be refused that was made in view of another policy. Two
 * policies that say the same have the same version, however often they were changed in between: nothing is lost then.
 */
export function policyVersion(policy: QueuePolicy): string {
  const parts = Object.entries(policy).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
}

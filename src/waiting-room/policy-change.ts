import type { QueuePolicy } from './queue-policy';

/** A room at the moment when its policy is to change, by the database's clock. */
export interface RoomNow {
  nowMs: number;
  /** null: the room is being made. */
  policy: QueuePolicy | null;
}

/** Why a policy cannot be, and which part of it. */
export interface PolicyFault {
  part: keyof QueuePolicy;
  message: string;
}

/** What is wrong with a policy for this room; null: it can be put into force. */
export function policyFault(room: RoomNow, next: QueuePolicy): PolicyFault | null {
  const { opensAt } = next;
  const moves = opensAt !== (room.policy?.opensAt ?? null);
  if (moves && opensAt !== null && Date.parse(opensAt) <= room.nowMs) {
    return {
      part: 'opensAt',
      message: 'must lie in the future; null opens the room when booking of the first date starts',
    };
  }
  return null;
}

/** Thrown where a policy was to be put into force that cannot be. */
export class PolicyRefusedError extends Error {
  constructor(readonly fault: PolicyFault) {
    super(`${fault.part} ${fault.message}`);
    this.name = 'PolicyRefusedError';
  }
}

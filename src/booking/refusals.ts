import type { Command, Outcome, Refusal } from './types';

/** What more than one rule says no with. */
export const BOOKING_NOT_FOUND: Refusal = { code: 'BOOKING_NOT_FOUND', detail: 'You have no such booking.' };
export const ALREADY_CANCELLED: Refusal = {
  code: 'ALREADY_CANCELLED',
  detail: 'This booking was cancelled.',
};

export const SHOW_CANCELLED: Refusal = {
  code: 'SHOW_CANCELLED',
  detail: 'This show was called off. What was paid for it is refunded by itself.',
};

/** A command that changes nothing, and why. */
export function rejected(command: Command, refusal: Refusal): Outcome {
  return { commandId: command.id, status: 'rejected', refusal };
}

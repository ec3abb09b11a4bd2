import type { Balance } from './types';

/** Most points that one charge adds. */
export const LARGEST_CHARGE = 10_000_000;

/** A line of a points history without whose it is. The first is number 1, and each starts from what the one before it left. */
export interface NextEntry {
  entry: number;
  amount: number;
  balanceBefore: number;
  balanceAfter: number;
}

/** @param amount signed: what is spent is negative */
export function nextEntry({ balance, lastEntry }: Balance, amount: number): NextEntry {
  return {
    entry: (lastEntry ?? 0) + 1,
    amount,
    balanceBefore: balance,
    balanceAfter: balance + amount,
  };
}

/**
 * What buying points does to a balance.
 * @throws RangeError for an amount that no charge may have: a fault of the caller, who refuses it to clients before
 */
export function charge(before: Balance, amount: number): NextEntry & { type: 'CHARGE' } {
  if (!Number.isInteger(amount) || amount < 1 || amount > LARGEST_CHARGE) {
    throw new RangeError(`A charge adds 1 to ${LARGEST_CHARGE} whole points, not ${amount}`);
  }
  return { ...nextEntry(before, amount), type: 'CHARGE' };
}

import { count, points } from '../../js/format.js';

const KINDS = {
  hold: ({ seatNumbers = [], bestAvailable }) =>
    bestAvailable === undefined
      ? `Hold ${seats(seatNumbers)}`
      : `Hold the best available: ${count(bestAvailable.count)}`,
  pay: () => 'Pay',
  cancel: ({ onBehalf }) => (onBehalf === undefined ? 'Cancel' : `Cancel for a fan: ${onBehalf.reason}`),
  charge: ({ amount }) => `Add ${points(amount)}`,
  enlist: ({ count: wanted }) =>
    `Join the waiting list for ${count(wanted)} ${wanted === 1 ? 'seat' : 'seats'}`,
  withdraw: () => 'Leave the waiting list',
  block: ({ seatNumbers = [] }) => `Take out of sale ${seats(seatNumbers)}`,
  unblock: ({ seatNumbers = [] }) => `Put back on sale ${seats(seatNumbers)}`,
};
const ENDS = {
  queued: () => 'On its way: not decided yet',
  completed: () => 'Done',
  rejected: ({ title, detail }) => `Refused: ${title}. ${detail}`,
  failed: () => 'Failed on our side: nothing was changed, and it may be tried again',
};

/** What somebody asked for. */
export const askedFor = ({ kind, asked }) => KINDS[kind]?.(asked) ?? kind;
/** What became of it, and why. */
export const becameOf = ({ status, error }) =>
  ENDS[status]?.(error ?? { title: status, detail: '' }) ?? status;

export const BOOKING = {
  PENDING: 'Held, not paid',
  PAID: 'Paid',
  EXPIRED: 'Not paid in time',
  CANCELLED: 'Cancelled',
};
export const TICKET = { VALID: 'Valid', USED: 'Used', VOID: 'Void' };
export const PAYMENT = { PAID: 'Paid', REFUNDED: 'Refunded' };
export const POINTS = { CHARGE: 'Added', USE: 'Spent', REFUND: 'Refund' };
export const ENTRY = {
  WAITING: 'Waits',
  OFFERED: 'Has an offer',
  TAKEN: 'Took the offer',
  EXPIRED: 'Over',
  LEFT: 'Left',
};

const seats = (numbers) => `${numbers.length === 1 ? 'seat' : 'seats'} ${numbers.join(', ')}`;

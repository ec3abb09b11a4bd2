import { count } from '../../js/format.js';

export const PHASES = {
  BEFORE_OPENING: 'Not open yet',
  OPEN: 'Open',
  PAUSED: 'Paused',
  SOLD_OUT: 'Sold out',
};

const KINDS = {
  hold: 'Hold',
  pay: 'Pay',
  cancel: 'Cancel',
  enlist: 'Join the waiting list',
  withdraw: 'Leave the waiting list',
};

const OUTCOMES = {
  completed: 'done',
  failed: 'failed: our fault',
  SEAT_TAKEN: 'the seat was taken',
  SEAT_LIMIT: 'more seats than one fan may have',
  SOLD_OUT: 'sold out',
  NOT_TOGETHER: 'no seats side by side left',
  LEAVES_SINGLE_SEAT: 'would leave a single seat',
  BOOKING_WINDOW_CLOSED: 'booking is not open',
  HOLD_EXPIRED: 'the hold had ended',
  ALREADY_PAID: 'paid before',
  ALREADY_CANCELLED: 'cancelled before',
  INSUFFICIENT_POINTS: 'not enough points',
  NOT_CANCELLABLE: 'cannot be cancelled any more',
  SEAT_NOT_FOUND: 'no such seat',
  BOOKING_NOT_FOUND: 'no such booking',
  NOT_SOLD_OUT: 'seats are free: no waiting list',
  ALREADY_WAITING: 'on the waiting list before',
  QUEUE_WAITING: 'not admitted yet',
  QUEUE_EXPIRED: 'the admission was over',
  QUEUE_TOKEN_MISSING: 'came without a place in the room',
  QUEUE_TOKEN_INVALID: 'came with a place that is not theirs',
  TOKEN_MISSING: 'not signed in',
  TOKEN_INVALID: 'signed in wrongly',
  TOKEN_EXPIRED: 'the sign-in had ended',
  TOKEN_REVOKED: 'signed out',
  IDEMPOTENCY_KEY_REUSED: 'a key used for something else',
  INVALID_REQUEST: 'a request that cannot be read',
  OVERLOADED: 'too much at once',
  UNAVAILABLE: 'a part of the service was away',
  COMMAND_FAILED: 'failed: our fault',
};

export const kindOf = (kind) => KINDS[kind] ?? kind;
/** The code itself stands beside it, for who looks it up. */
export const outcomeOf = (outcome) => OUTCOMES[outcome] ?? outcome.toLowerCase().replaceAll('_', ' ');

export const fans = (number) => (number === 1 ? '1 fan waits' : `${count(number)} fans wait`);

/** `3:05`, or `1:02:03`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const [minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}

export const timeOf = (iso) => new Date(iso).toLocaleTimeString('en-GB');
const rate = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
export const perSecond = (number) => rate.format(number);

/** How a room admits, in a sentence. */
export function limitsInWords({ maxActive, admitPerInterval, admitIntervalMs }) {
  const every = admitIntervalMs === 1000 ? 'a second' : `every ${rate.format(admitIntervalMs / 1000)} s`;
  return `up to ${count(admitPerInterval)} are admitted ${every}, ${count(maxActive)} inside at once`;
}

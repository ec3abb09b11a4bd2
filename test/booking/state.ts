import { expect } from '@jest/globals';
import { decide } from '../../src/booking/decide';
import type {
  Booking,
  Changes,
  Command,
  Decision,
  Outcome,
  Payment,
  Refusal,
  Schedule,
  Seat,
  State,
  Ticket,
} from '../../src/booking/types';

/** One day in the life of the schedule that the tests use: booking opens, now, booking closes, the show starts. */
export const OPENS = 1_000_000;
export const NOW = 1_500_000;
export const CLOSES = 2_000_000;
export const SHOW = 3_000_000;
export const TTL = 300_000;
export const OFFER_TTL = 600_000;

export const priceOf = (seatNumber: number): number => seatNumber * 1000;
const priceOfAll = (seatNumbers: number[]): number =>
  seatNumbers.reduce((sum, seatNumber) => sum + priceOf(seatNumber), 0);

/** Seats of one row, by what each costs. */
export const seatsPriced = (prices: ReadonlyMap<number, number>): ReadonlyMap<number, Seat> =>
  new Map(
    [...prices].map(([number, price]) => [
      number,
      { number, section: 'A', row: '1', price, isStanding: false },
    ]),
  );

/** Ten free seats (seat n costs n thousand), nobody has points, at most four seats each. */
export function stateOf(
  overrides: Omit<Partial<State>, 'schedule'> & { schedule?: Partial<Schedule> } = {},
): State {
  const { schedule, ...rest } = overrides;
  return {
    schedule: {
      id: 'schedule',
      concertId: 'concert',
      concertTitle: 'A night to remember',
      seatLimit: 4,
      bookingStartAt: OPENS,
      bookingEndAt: CLOSES,
      startAt: SHOW,
      stopped: false,
      cancelledAt: null,
      singleSeats: 'allow',
      offerTtlMs: OFFER_TTL,
      ...schedule,
    },
    holdTtlMs: TTL,
    seats: seatsPriced(new Map(Array.from({ length: 10 }, (_, index) => [index + 1, priceOf(index + 1)]))),
    bookings: [],
    blocked: { named: [], count: 0 },
    listed: [],
    balances: new Map(),
    payments: [],
    tickets: [],
    blankTickets: Array.from({ length: 20 }, (_, index) => ({
      id: `ticket-${index}`,
      code: `code-${index}`,
    })),
    ...rest,
  };
}

/** A hold in the state, made a second ago unless told otherwise. */
export function heldBy(
  userId: string,
  id: string,
  seatNumbers: number[],
  overrides: Partial<Booking> = {},
): Booking {
  return {
    id,
    userId,
    seatNumbers,
    totalPrice: priceOfAll(seatNumbers),
    status: 'PENDING',
    createdAt: NOW - 1000,
    expiresAt: NOW - 1000 + TTL,
    paidAt: null,
    entryId: null,
    ...overrides,
  };
}

/** A sale in the state, with its payment and tickets. */
export function soldTo(
  userId: string,
  id: string,
  seatNumbers: number[],
): { booking: Booking; payment: Payment; tickets: Ticket[] } {
  const booking = heldBy(userId, id, seatNumbers, { status: 'PAID', paidAt: NOW - 500 });
  return {
    booking,
    payment: {
      id: `payment-of-${id}`,
      bookingId: id,
      userId,
      amount: booking.totalPrice,
      status: 'PAID',
      createdAt: NOW - 500,
    },
    tickets: seatNumbers.map((seatNumber) => ({
      id: `ticket-of-${id}-${seatNumber}`,
      bookingId: id,
      userId,
      seatNumber,
      code: `code-of-${id}-${seatNumber}`,
      status: 'VALID',
    })),
  };
}

/** Users and what they have, each after one entry in their history. */
export function balancesOf(balances: Record<string, number>): State['balances'] {
  return new Map(Object.entries(balances).map(([userId, balance]) => [userId, { balance, lastEntry: 1 }]));
}

export const hold = (id: string, userId: string, seatNumbers: number[]): Command => ({
  id,
  userId,
  kind: 'hold',
  seatNumbers,
});
export const pay = (id: string, userId: string, bookingId: string): Command => ({
  id,
  userId,
  kind: 'pay',
  bookingId,
});
export const cancel = (id: string, userId: string, bookingId: string): Command => ({
  id,
  userId,
  kind: 'cancel',
  bookingId,
});

/** Decides on input that cannot be changed, and checks that it was not. */
export function decideGroup(state: State, commands: Command[], now = NOW): Decision {
  const before = structuredClone({ state, commands });
  const decision = decide(deepFreeze(state), deepFreeze(commands), now);
  expect({ state, commands }).toEqual(before);
  return decision;
}

export function decideOne(
  state: State,
  command: Command,
  now = NOW,
): { outcome: Outcome | undefined; changes: Changes } {
  const { outcomes, changes } = decideGroup(state, [command], now);
  expect(outcomes).toHaveLength(1);
  return { outcome: outcomes[0], changes };
}

export function completed(outcome: Outcome | undefined): Extract<Outcome, { booking: Booking }> {
  if (outcome?.status !== 'completed' || !('booking' in outcome))
    throw new Error(`Not completed: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function refused(outcome: Outcome | undefined): Refusal {
  if (outcome?.status !== 'rejected') throw new Error(`Not rejected: ${JSON.stringify(outcome)}`);
  return outcome.refusal;
}

/** The refusal code of each command, or "completed". */
export function verdicts(outcomes: Outcome[]): string[] {
  return outcomes.map((outcome) => (outcome.status === 'completed' ? outcome.status : outcome.refusal.code));
}

export const NO_CHANGES: Changes = {
  newBookings: [],
  changedBookings: [],
  freedSeats: [],
  claimedSeats: [],
  newPayments: [],
  refundedPayments: [],
  newTickets: [],
  voidedTickets: [],
  entries: [],
  enlisted: [],
  offeredEntries: [],
  withdrawnEntries: [],
  acts: [],
  seatStates: new Map(),
};

/** Freezes plain data, and what maps hold (a map itself cannot be frozen: compare it with a copy). */
function deepFreeze<T>(value: T): T {
  // What lies in a typed array cannot be frozen: that it was not changed is seen when it is compared.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const parts: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  for (const part of parts) deepFreeze(part);
  return Object.freeze(value);
}

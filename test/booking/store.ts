import { FreeSeats } from '../../src/booking/free-seats';
import { type HallPlan, runAt } from '../../src/booking/hall-plan';
import type {
  Balance,
  Booking,
  Changes,
  Command,
  Payment,
  PointEntry,
  Schedule,
  Seat,
  SeatState,
  State,
  Ticket,
} from '../../src/booking/types';

export type HistoryEntry = Omit<PointEntry, 'type' | 'bookingId'> & {
  type: PointEntry['type'] | 'CHARGE';
  bookingId: string | null;
};

/** A database in memory: it writes what it is told, and refuses by itself whatever no write may do. */
export interface Store {
  schedule: Schedule;
  holdTtlMs: number;
  plan: HallPlan;
  prices: Map<number, number>;
  bookings: Map<string, Booking>;
  /** Seat number → booking; null: out of sale. */
  claims: Map<number, string | null>;
  payments: Map<string, Payment>;
  tickets: Map<string, Ticket>;
  balances: Map<string, Balance>;
  history: HistoryEntry[];
  blankTickets: { id: string; code: string }[];
  seatMap: Map<number, SeatState>;
}

/** @throws Error when a change does not fit what is stored. */
export function applyChanges(store: Store, changes: Changes): void {
  for (const booking of changes.newBookings) {
    must(!store.bookings.has(booking.id), `booking ${booking.id} is made twice`);
    store.bookings.set(booking.id, structuredClone(booking));
  }
  for (const booking of changes.changedBookings) changeBooking(store, booking);
  for (const seatNumber of changes.freedSeats) {
    must(store.claims.delete(seatNumber), `freed seat ${seatNumber} was not claimed`);
  }
  for (const { seatNumber, bookingId } of changes.claimedSeats) {
    must(store.prices.has(seatNumber), `claimed seat ${seatNumber} does not exist`);
    must(bookingId === null || store.bookings.has(bookingId), `a claim is for no booking: ${bookingId}`);
    must(!store.claims.has(seatNumber), `seat ${seatNumber} is claimed twice`);
    store.claims.set(seatNumber, bookingId);
  }
  applyMoney(store, changes);
  applyTickets(store, changes);
  for (const [seatNumber, seatState] of changes.seatStates) store.seatMap.set(seatNumber, seatState);
}

function changeBooking(store: Store, booking: Booking): void {
  const before = store.bookings.get(booking.id);
  must(before !== undefined, `booking ${booking.id} is changed but does not exist`);
  const step = `${before.status} → ${booking.status}`;
  const steps = ['PENDING → PAID', 'PENDING → EXPIRED', 'PENDING → CANCELLED', 'PAID → CANCELLED'];
  must(steps.includes(step), `booking ${booking.id} goes ${step}`);
  const fixed = ({ status: _status, paidAt: _paidAt, ...rest }: Booking): string => JSON.stringify(rest);
  must(fixed(before) === fixed(booking), `booking ${booking.id} changes what is fixed`);
  store.bookings.set(booking.id, structuredClone(booking));
}

function applyMoney(store: Store, changes: Changes): void {
  for (const payment of changes.newPayments) {
    const paidBefore = [...store.payments.values()].some(({ bookingId }) => bookingId === payment.bookingId);
    must(!store.payments.has(payment.id) && !paidBefore, `booking ${payment.bookingId} has two payments`);
    must(store.bookings.has(payment.bookingId), `payment ${payment.id} is for no booking`);
    store.payments.set(payment.id, structuredClone(payment));
  }
  for (const id of changes.refundedPayments) {
    const payment = store.payments.get(id);
    must(payment?.status === 'PAID', `payment ${id} is refunded but not paid`);
    payment.status = 'REFUNDED';
  }
  for (const entry of changes.entries) addEntry(store, entry);
}

/** Adds to a user's history, which a charge does too. */
export function addEntry(store: Store, entry: HistoryEntry): void {
  const before = store.balances.get(entry.userId) ?? { balance: 0, lastEntry: null };
  const what = `entry ${entry.entry} of ${entry.userId}`;
  must(entry.entry === (before.lastEntry ?? 0) + 1, `${what} does not continue the chain`);
  must(entry.balanceAfter === before.balance + entry.amount, `${what} does not add up`);
  must(entry.balanceAfter >= 0, `${what} makes the balance negative`);
  must(entry.type === 'USE' ? entry.amount <= 0 : entry.amount >= 0, `${what} has the wrong sign`);
  const again = store.history.some(
    ({ bookingId, type }) => bookingId !== null && bookingId === entry.bookingId && type === entry.type,
  );
  must(!again, `booking ${entry.bookingId} has a second ${entry.type}`);
  store.history.push({ ...entry });
  store.balances.set(entry.userId, { balance: entry.balanceAfter, lastEntry: entry.entry });
}

function applyTickets(store: Store, changes: Changes): void {
  for (const id of changes.voidedTickets) {
    const ticket = store.tickets.get(id);
    must(ticket?.status === 'VALID', `ticket ${id} is voided but not valid`);
    ticket.status = 'VOID';
  }
  for (const ticket of changes.newTickets) {
    const blank = store.blankTickets.findIndex(({ id, code }) => id === ticket.id && code === ticket.code);
    must(blank >= 0, `ticket ${ticket.id} was not blank`);
    const others = [...store.tickets.values()].filter(({ seatNumber }) => seatNumber === ticket.seatNumber);
    must(
      !others.some(({ bookingId }) => bookingId === ticket.bookingId),
      `seat ${ticket.seatNumber} has two tickets of one booking`,
    );
    must(
      ticket.status === 'VOID' || !others.some(({ status }) => status === 'VALID'),
      `seat ${ticket.seatNumber} has two valid tickets`,
    );
    store.blankTickets.splice(blank, 1);
    store.tickets.set(ticket.id, structuredClone(ticket));
  }
}

/** The state with everything in it. */
export function loadAll(store: Store): State {
  return {
    schedule: store.schedule,
    holdTtlMs: store.holdTtlMs,
    seats: seatsIn(store.plan),
    hall: { free: FreeSeats.of(store.plan, store.claims.keys()) },
    bookings: [...store.bookings.values()],
    blocked: { named: blockedIn(store), count: blockedIn(store).length },
    listed: [],
    balances: store.balances,
    payments: [...store.payments.values()],
    tickets: [...store.tickets.values()],
    blankTickets: store.blankTickets,
  };
}

const blockedIn = ({ claims }: Store): number[] =>
  [...claims].filter(([, bookingId]) => bookingId === null).map(([seatNumber]) => seatNumber);

function seatsIn(
  plan: HallPlan,
  isLoaded: (seatNumber: number) => boolean = () => true,
): ReadonlyMap<number, Seat> {
  const numbers = Array.from({ length: plan.seatCount }, (_, index) => index + 1);
  return new Map(
    numbers.filter(isLoaded).map((number) => {
      const { section, row, price, isStanding } = runAt(plan.stretch(plan.stretchIndexOf(number)), number);
      return [number, { number, section, row, price, isStanding }];
    }),
  );
}

/** The state with just what `State` says that these commands need. */
export function loadTouched(store: Store, commands: readonly Command[], now: number): State {
  const all = loadAll(store);
  const needsHall = commands.some(({ kind }) => kind === 'hold');
  const seats = new Set(commands.flatMap((command) => ('seatNumbers' in command ? command.seatNumbers : [])));
  const holders = new Set(commands.filter(({ kind }) => kind === 'hold').map(({ userId }) => userId));
  const payers = new Set(
    commands.flatMap((command) =>
      command.kind === 'cancel' ? [command.onBehalf?.ownerId ?? command.userId] : [command.userId],
    ),
  );
  const named = new Set(commands.flatMap((command) => ('bookingId' in command ? [command.bookingId] : [])));
  const cancelled = new Set(
    commands.flatMap((command) => (command.kind === 'cancel' ? [command.bookingId] : [])),
  );
  const claimants = new Set([...seats].map((seatNumber) => store.claims.get(seatNumber)));
  const live = new Set(store.claims.values());
  const isBlocking = commands.some(({ kind }) => kind === 'block' || kind === 'unblock');
  return {
    ...all,
    blocked: {
      named: all.blocked.named.filter((seatNumber) => seats.has(seatNumber)),
      count: isBlocking ? all.blocked.count : 0,
    },
    seats: seatsIn(store.plan, (seatNumber) => needsHall || seats.has(seatNumber)),
    hall: needsHall ? all.hall : undefined,
    bookings: all.bookings.filter(
      ({ id, userId, status, expiresAt }) =>
        named.has(id) ||
        claimants.has(id) ||
        (live.has(id) && holders.has(userId)) ||
        (needsHall && status === 'PENDING' && expiresAt <= now),
    ),
    balances: new Map([...all.balances].filter(([userId]) => payers.has(userId))),
    payments: all.payments.filter(({ bookingId }) => cancelled.has(bookingId)),
    tickets: all.tickets.filter(({ bookingId, status }) => cancelled.has(bookingId) && status === 'VALID'),
  };
}

function must(fits: boolean, fault: string): asserts fits {
  if (!fits) throw new Error(fault);
}

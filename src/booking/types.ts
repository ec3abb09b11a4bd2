/**
 * The plain data that `decide` works on. Times are milliseconds since 1970 by the database's clock,
 * money is whole points, seats are known by their number within the schedule.
 */

export type BookingStatus = 'PENDING' | 'PAID' | 'EXPIRED' | 'CANCELLED';

/** What a client asks for, as recorded. `id` is the command's own; a hold's booking takes the same id. */
export type Command = { id: string; userId: string } & (
  | { kind: 'hold'; seatNumbers: number[]; presale?: PresaleGrant }
  | { kind: 'pay'; bookingId: string }
  | { kind: 'cancel'; bookingId: string }
);

/** What lets somebody hold seats before the room opens to all, as the web process found it. */
export interface PresaleGrant {
  /** The presale ends then. */
  untilMs: number;
  /** From then on everybody may book; null when that is not known. */
  opensAtMs: number | null;
  /** Most live seats on this date until then; null: as ever. */
  seatLimit: number | null;
}

export type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

export interface Schedule {
  id: string;
  concertId: string;
  concertTitle: string;
  /** Most live seats that one user may have on this schedule. */
  seatLimit: number;
  bookingStartAt: number;
  bookingEndAt: number;
  startAt: number;
}

export interface Seat {
  number: number;
  section: string;
  row: string;
  price: number;
}

/** Seats of one schedule: all of them, or at least those that are named. */
export interface SeatsByNumber {
  get(number: number): Seat | undefined;
}

export interface Booking {
  id: string;
  userId: string;
  seatNumbers: number[];
  totalPrice: number;
  status: BookingStatus;
  createdAt: number;
  expiresAt: number;
  paidAt: number | null;
}

export interface Payment {
  id: string;
  bookingId: string;
  userId: string;
  amount: number;
  status: 'PAID' | 'REFUNDED';
  createdAt: number;
}

export interface Ticket {
  id: string;
  bookingId: string;
  userId: string;
  seatNumber: number;
  code: string;
  status: 'VALID' | 'VOID';
}

export interface Balance {
  balance: number;
  /** Number of the last entry in the user's history; null before the first. */
  lastEntry: number | null;
}

/** Everything that a group of commands touches, as Postgres has it while the schedule is locked. */
export interface State {
  schedule: Schedule;
  holdTtlMs: number;
  /** Price of every seat that exists, by number: at least of those named by the commands. */
  prices: ReadonlyMap<number, number>;
  /**
   * Bookings named by a command, those that have a claim on a seat that a command names, and every live one of the
   * users who hold (for the seat limit). Holds that have ended but were not released yet belong here as PENDING.
   */
  bookings: Booking[];
  /** Balances of every user who pays or cancels. */
  balances: ReadonlyMap<string, Balance>;
  /** Payments and valid tickets of the bookings named by a cancel. */
  payments: Payment[];
  tickets: Ticket[];
  /** Unused ticket ids and codes, at least one for every seat that may be paid for. Chance is made outside. */
  blankTickets: { id: string; code: string }[];
}

export const REFUSALS = [
  'SEAT_NOT_FOUND',
  'BOOKING_NOT_FOUND',
  'SEAT_TAKEN',
  'BOOKING_WINDOW_CLOSED',
  'SEAT_LIMIT',
  'HOLD_EXPIRED',
  'ALREADY_PAID',
  'ALREADY_CANCELLED',
  'INSUFFICIENT_POINTS',
  'NOT_CANCELLABLE',
] as const;

export type RefusalCode = (typeof REFUSALS)[number];

/** A rule's no. `detail` is shown to the client; seat numbers and amounts for whoever presents it. */
export interface Refusal {
  code: RefusalCode;
  detail: string;
  seatNumbers?: number[];
  balance?: number;
  required?: number;
}

/** What became of one command: the things as they were right after it. */
export type Outcome =
  | { commandId: string; status: 'rejected'; refusal: Refusal }
  | {
      commandId: string;
      status: 'completed';
      booking: Booking;
      paid?: { payment: Payment; tickets: Ticket[]; balance: number };
    };

export interface PointEntry {
  userId: string;
  entry: number;
  amount: number;
  balanceAfter: number;
  type: 'USE' | 'REFUND';
  bookingId: string;
}

/** What to write, each row once, as it stands after the whole group. */
export interface Changes {
  newBookings: Booking[];
  changedBookings: Booking[];
  /** Claims to delete, then claims to insert. */
  freedSeats: number[];
  claimedSeats: { seatNumber: number; bookingId: string }[];
  newPayments: Payment[];
  refundedPayments: string[];
  newTickets: Ticket[];
  voidedTickets: string[];
  entries: PointEntry[];
  /** Final state of every seat that changed, for the seat map. */
  seatStates: Map<number, SeatState>;
}

export type SeatState = 'AVAILABLE' | 'HELD' | 'SOLD';

export interface Decision {
  outcomes: Outcome[];
  changes: Changes;
}

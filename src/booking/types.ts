import type { FreeSeats } from './free-seats';
import type { WaitingList } from './waiting-list';

/**
 * The plain data that `decide` works on. Times are milliseconds since 1970 by the database's clock,
 * money is whole points, seats are known by their number within the schedule.
 */

export type BookingStatus = 'PENDING' | 'PAID' | 'EXPIRED' | 'CANCELLED';

/** What a client asks for, as recorded. `id` is the command's own; a hold's booking, or a new entry, takes the same id. */
export type Command = { id: string; userId: string } &
  // Seats chosen by their numbers; with `bestAvailable` none, as the worker chooses.
  (
    | {
        kind: 'hold';
        seatNumbers: number[];
        bestAvailable?: SeatWish | undefined;
        presale?: PresaleGrant | undefined;
      }
    | { kind: 'pay'; bookingId: string }
    | { kind: 'cancel'; bookingId: string }
    | ({ kind: 'enlist' } & EntryWish)
    | { kind: 'withdraw'; entryId: string }
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

/** Seats that somebody leaves to us to choose. */
export interface SeatWish {
  /** At least 1. */
  count: number;
  /** By their names; all when left out. */
  sections?: readonly string[] | undefined;
  /** Most that any one of the seats may cost. */
  maxPrice?: number | undefined;
  /** true: all seats are accessible ones, those of company too. Else none of them is. */
  accessible?: boolean | undefined;
  /** Side by side or not at all. */
  together: boolean;
}

/** Seats that somebody waits for: side by side where that can be had, else apart. */
export interface EntryWish {
  count: number;
  /** null: of any section. */
  sections: readonly string[] | null;
  accessible: boolean;
}

/** Somebody on the waiting list of a schedule. */
export interface WaitlistEntry extends EntryWish {
  id: string;
  userId: string;
  /** Who came first is looked at first. */
  sequence: number;
  createdAt: number;
}

export type EntryStatus = 'WAITING' | 'OFFERED' | 'TAKEN' | 'EXPIRED' | 'LEFT';

/** An entry as it is at a moment. */
export interface SeenEntry {
  entry: WaitlistEntry;
  status: EntryStatus;
  /** 1: the next that is looked at. null: it does not wait. */
  position: number | null;
  /** The booking that was made for it. */
  offer: Booking | null;
}

export interface Schedule {
  id: string;
  concertId: string;
  concertTitle: string;
  /** Most live seats that one user may have on this schedule. */
  seatLimit: number;
  bookingStartAt: number;
  bookingEndAt: number;
  startAt: number;
  /** Whether seats may be chosen so that a single free one is left. */
  singleSeats: 'allow' | 'refuse';
  /** How long an offer of the waiting list holds its seats. */
  offerTtlMs: number;
}

export interface Seat {
  number: number;
  section: string;
  row: string;
  price: number;
  /** A place to stand, which nobody chooses by its number. */
  isStanding: boolean;
}

/** Neighbouring seats that differ in nothing but their number, such as those of one row. */
export interface SeatRun {
  first: number;
  last: number;
  section: string;
  row: string;
  price: number;
  attributes: Record<string, string | null>;
  /** The operator's rating: higher is better. A seat without one counts as rated 0. */
  quality: number | null;
  /** Places without seats: nobody chooses among them. */
  isStanding: boolean;
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
  /** The entry on the waiting list that it was offered to; null for seats that somebody chose. */
  entryId: string | null;
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
  /** USED: let in at the door. */
  status: 'VALID' | 'USED' | 'VOID';
}

export interface Balance {
  balance: number;
  /** Number of the last entry in the user's history; null before the first. */
  lastEntry: number | null;
}

/** What the worker knows of a whole hall, at one version of its seat map. */
export interface HallState {
  free: FreeSeats;
  /** Who waits for seats. Not there: nobody ever did. */
  waiting?: WaitingList | undefined;
  /**
   * Read from Postgres, not left by a decision: somebody may have freed seats and offered them to nobody, as workers do that
   * know of no waiting list.
   */
  wasJustRead?: true | undefined;
}

/** Everything that a group of commands touches, as Postgres has it while the schedule is locked. */
export interface State {
  schedule: Schedule;
  holdTtlMs: number;
  /** At least those named by the commands; those of the whole hall where `hall` is there. */
  seats: SeatsByNumber;
  /** There when a command needs it, when somebody waits for seats, or when it is in memory. */
  hall?: HallState | undefined;
  /**
   * Bookings named by a command, those that have a claim on a seat that a command names, and every live one of the
   * users who hold or enlist (for the seat limit). Holds that have ended but were not released yet belong here as PENDING; with
   * `hall` as many of them as one transaction releases: the seats of others are taken until the next one.
   */
  bookings: Booking[];
  /**
   * Entries named by a withdrawal, and those that the users who enlist have been offered seats for. The bookings made for them
   * are in `bookings`.
   */
  listed: { entry: WaitlistEntry; hasLeft: boolean }[];
  /** Balances of every user who pays or cancels. */
  balances: ReadonlyMap<string, Balance>;
  /** Payments and tickets, those that are not void, of the bookings named by a cancel. */
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
  'NOT_TOGETHER',
  'SOLD_OUT',
  'LEAVES_SINGLE_SEAT',
  'STANDING_AREA',
  'NOT_SOLD_OUT',
  'ALREADY_WAITING',
  'ENTRY_NOT_FOUND',
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
    }
  | { commandId: string; status: 'completed'; entry: SeenEntry };

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
  /** Of the waiting list: who came, who was offered one of `newBookings`, and who left before that. */
  enlisted: WaitlistEntry[];
  offeredEntries: string[];
  withdrawnEntries: WaitlistEntry[];
  /** Final state of every seat that changed, for the seat map. */
  seatStates: Map<number, SeatState>;
}

export type SeatState = 'AVAILABLE' | 'HELD' | 'SOLD';

export interface Decision {
  outcomes: Outcome[];
  changes: Changes;
  /** The hall as the group leaves it, where the state had one. */
  hall?: HallState | undefined;
}

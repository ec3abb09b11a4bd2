import { nextEntry } from './charge';
import type { FreeSeats } from './free-seats';
import type {
  Balance,
  Booking,
  Changes,
  Payment,
  PointEntry,
  SeatState,
  State,
  Ticket,
  WaitlistEntry,
} from './types';
import { WaitingList } from './waiting-list';

/**
 * The working copy that a group of commands is decided on. It starts as the loaded state, every rule reads and
 * writes it, and in the end it says what differs from the start. The loaded state itself is never changed.
 */
export class Ledger {
  readonly bookings = new Map<string, Booking>();
  readonly payments = new Map<string, Payment>();
  readonly tickets = new Map<string, Ticket[]>();
  readonly balances = new Map<string, Balance>();
  /** The free seats of the whole hall, where the state has them. */
  readonly free: FreeSeats | undefined;
  /** Who waits; undefined while nobody ever did. */
  waiting: WaitingList | undefined;
  /** Entries that are known by themselves: those of the state, and new ones. */
  readonly listed = new Map<string, WaitlistEntry>();
  private readonly liveSeats = new Map<string, number>();
  /** Seat number → booking that has it, at the start and now. */
  private readonly claimsBefore = new Map<number, string>();
  private readonly claims = new Map<number, string>();
  private readonly touched = new Set<string>();
  private readonly offers = new Map<string, Booking>();
  private readonly enlisted: WaitlistEntry[] = [];
  private readonly offeredEntries: string[] = [];
  private readonly withdrawnEntries: WaitlistEntry[] = [];
  private readonly left = new Set<string>();
  private hasFreed: boolean;
  private readonly entries: PointEntry[] = [];
  private readonly blankTickets: { id: string; code: string }[];

  constructor(private readonly state: State) {
    this.free = state.hall?.free.fork();
    this.waiting = state.hall?.waiting?.fork();
    this.hasFreed = state.hall?.wasJustRead ?? false;
    for (const booking of state.bookings) {
      const copy = { ...booking };
      this.bookings.set(booking.id, copy);
      if (booking.entryId !== null) this.offers.set(booking.entryId, copy);
      if (booking.status !== 'PENDING' && booking.status !== 'PAID') continue;
      for (const seatNumber of booking.seatNumbers) {
        this.claimsBefore.set(seatNumber, booking.id);
        this.claims.set(seatNumber, booking.id);
      }
      this.countLive(booking, 1);
    }
    for (const { entry, hasLeft } of state.listed) {
      this.listed.set(entry.id, entry);
      if (hasLeft) this.left.add(entry.id);
    }
    for (const payment of state.payments) this.payments.set(payment.bookingId, { ...payment });
    for (const ticket of state.tickets) {
      this.tickets.set(ticket.bookingId, [...(this.tickets.get(ticket.bookingId) ?? []), { ...ticket }]);
    }
    for (const [userId, balance] of state.balances) this.balances.set(userId, { ...balance });
    this.blankTickets = [...state.blankTickets];
  }

  /** Another user's booking looks like none at all, so that ids cannot be probed. */
  bookingOf(userId: string, bookingId: string): Booking | undefined {
    const booking = this.bookings.get(bookingId);
    return booking?.userId === userId ? booking : undefined;
  }

  isTaken(seatNumber: number): boolean {
    return this.claims.has(seatNumber);
  }

  /** Seats that this user holds or owns on this schedule. */
  live(userId: string): number {
    return this.liveSeats.get(userId) ?? 0;
  }

  balanceOf(userId: string): number {
    return this.balances.get(userId)?.balance ?? 0;
  }

  hold(booking: Booking): void {
    this.bookings.set(booking.id, booking);
    this.touched.add(booking.id);
    for (const seatNumber of booking.seatNumbers) this.claims.set(seatNumber, booking.id);
    this.free?.take(booking.seatNumbers);
    this.countLive(booking, 1);
    this.waiting?.countLive(booking.userId, booking.seatNumbers.length);
  }

  /** Ends a live booking and its claim on its seats. */
  release(booking: Booking, status: 'EXPIRED' | 'CANCELLED'): void {
    booking.status = status;
    this.touched.add(booking.id);
    for (const seatNumber of booking.seatNumbers) this.claims.delete(seatNumber);
    this.free?.giveBack(booking.seatNumbers);
    this.countLive(booking, -1);
    this.waiting?.countLive(booking.userId, 0 - booking.seatNumbers.length);
    this.hasFreed = true;
  }

  /** Whether seats have come free since this was asked last, or may have before the hall was read. */
  takeFreed(): boolean {
    const { hasFreed } = this;
    this.hasFreed = false;
    return hasFreed;
  }

  /** @throws Error when the state was loaded without the hall: a fault of the caller, not of a client */
  freeSeats(): FreeSeats {
    if (this.free === undefined) throw new Error('The free seats of the hall were not loaded');
    return this.free;
  }

  waitingList(): WaitingList {
    this.waiting ??= new WaitingList();
    return this.waiting;
  }

  /** The entry with which a user waits, or has seats on offer. */
  entryOf(userId: string): WaitlistEntry | undefined {
    const waits = this.waiting?.of(userId);
    if (waits !== undefined) return waits;
    const isOffered = ({ id }: WaitlistEntry) => this.offers.get(id)?.status === 'PENDING';
    return [...this.listed.values()].find((entry) => entry.userId === userId && isOffered(entry));
  }

  offerTo(entryId: string): Booking | undefined {
    return this.offers.get(entryId);
  }

  hasLeft(entryId: string): boolean {
    return this.left.has(entryId);
  }

  enlist(entry: WaitlistEntry): void {
    this.waitingList().add(entry, this.live(entry.userId));
    this.listed.set(entry.id, entry);
    this.enlisted.push(entry);
  }

  /** Takes an entry off the list for seats that are held for it now. */
  offer(entry: WaitlistEntry, booking: Booking): void {
    this.waitingList().remove(entry);
    this.listed.set(entry.id, entry);
    this.offers.set(entry.id, booking);
    this.offeredEntries.push(entry.id);
    this.hold(booking);
  }

  withdraw(entry: WaitlistEntry): void {
    if (this.left.has(entry.id)) return;
    this.waitingList().remove(entry);
    this.left.add(entry.id);
    this.withdrawnEntries.push(entry);
  }

  markPaid(booking: Booking, now: number): void {
    booking.status = 'PAID';
    booking.paidAt = now;
    this.touched.add(booking.id);
  }

  /** Adds an entry to a user's points history. The caller has checked that the balance suffices. */
  addPoints(userId: string, amount: number, type: PointEntry['type'], bookingId: string): number {
    const before = this.balances.get(userId);
    if (before === undefined) throw new Error(`The balance of user ${userId} was not loaded`);
    const { entry, balanceAfter } = nextEntry(before, amount);
    this.balances.set(userId, { balance: balanceAfter, lastEntry: entry });
    this.entries.push({ userId, entry, amount, balanceAfter, type, bookingId });
    return balanceAfter;
  }

  /** @throws Error when the state was loaded with too few blank tickets: a fault of the caller, not of a client. */
  issueTickets(booking: Booking): Ticket[] {
    const tickets = booking.seatNumbers.map((seatNumber): Ticket => {
      const blank = this.blankTickets.pop();
      if (blank === undefined) throw new Error('The state holds too few blank tickets');
      return { ...blank, bookingId: booking.id, userId: booking.userId, seatNumber, status: 'VALID' };
    });
    this.tickets.set(booking.id, tickets);
    return tickets;
  }

  changes(): Changes {
    const known = new Set(this.state.bookings.map((booking) => booking.id));
    const touched = [...this.touched].flatMap((id) => this.bookings.get(id) ?? []);
    const paymentsBefore = new Map(this.state.payments.map((payment) => [payment.id, payment]));
    const payments = [...this.payments.values()];
    const ticketsBefore = new Map(this.state.tickets.map((ticket) => [ticket.id, ticket]));
    const tickets = [...this.tickets.values()].flat();
    return {
      newBookings: touched.filter((booking) => !known.has(booking.id)),
      changedBookings: touched.filter((booking) => known.has(booking.id)),
      ...this.seatChanges(touched),
      newPayments: payments.filter((payment) => !paymentsBefore.has(payment.id)),
      refundedPayments: payments
        .filter(
          (payment) => paymentsBefore.get(payment.id)?.status === 'PAID' && payment.status === 'REFUNDED',
        )
        .map((payment) => payment.id),
      newTickets: tickets.filter((ticket) => !ticketsBefore.has(ticket.id)),
      voidedTickets: tickets
        .filter(
          (ticket) => (ticketsBefore.get(ticket.id)?.status ?? 'VOID') !== 'VOID' && ticket.status === 'VOID',
        )
        .map((ticket) => ticket.id),
      entries: this.entries,
      enlisted: this.enlisted,
      offeredEntries: this.offeredEntries,
      withdrawnEntries: this.withdrawnEntries,
    };
  }

  private countLive(booking: Booking, sign: 1 | -1): void {
    this.liveSeats.set(booking.userId, this.live(booking.userId) + sign * booking.seatNumbers.length);
  }

  private seatChanges(touched: Booking[]): Pick<Changes, 'freedSeats' | 'claimedSeats' | 'seatStates'> {
    const freedSeats: number[] = [];
    const claimedSeats: Changes['claimedSeats'] = [];
    const seatStates = new Map<number, SeatState>();
    for (const seatNumber of new Set(touched.flatMap((booking) => booking.seatNumbers))) {
      const before = this.claimsBefore.get(seatNumber);
      const after = this.claims.get(seatNumber);
      if (before !== undefined && before !== after) freedSeats.push(seatNumber);
      if (after !== undefined && before !== after) claimedSeats.push({ seatNumber, bookingId: after });
      const holder = after === undefined ? undefined : this.bookings.get(after);
      seatStates.set(
        seatNumber,
        holder === undefined ? 'AVAILABLE' : holder.status === 'PAID' ? 'SOLD' : 'HELD',
      );
    }
    return { freedSeats, claimedSeats, seatStates };
  }
}

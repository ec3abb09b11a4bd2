import type { State } from '../booking/types';
import { type Run, together } from '../lib/pipeline';
import {
  type BalanceRow,
  balanceOf,
  type BookingRow,
  bookingOf,
  type PaymentRow,
  paymentOf,
  type TicketRow,
  ticketOf,
} from './group-rows';
import { type LockedSchedule, lockSchedules } from './group-state';
import { CALLED_OFF } from './group-statements';
import type { CatalogEntry } from './seat-catalog';

/** Live bookings of a date that was called off: those of its seats after `afterSeat`, so many seats at most. */
export interface CalledOffPart {
  entry: CatalogEntry;
  afterSeat: number;
  seats: number;
}

/**
 * Locks the date and reads what one step of its cancellation ends, in one round trip.
 * @returns null when the date takes place
 */
export async function loadCalledOff(
  run: Run,
  { entry, afterSeat, seats }: CalledOffPart,
): Promise<{ state: State; locked: LockedSchedule; now: number } | null> {
  const { id } = entry.schedule;
  const part = [id, afterSeat, seats];
  const [lock, bookings, payments, tickets, balances] = await together([
    lockSchedules(run, [id], []),
    run<BookingRow>(CALLED_OFF.bookings, part),
    run<PaymentRow>(CALLED_OFF.payments, part),
    run<TicketRow>(CALLED_OFF.tickets, part),
    run<BalanceRow>(CALLED_OFF.balances, part),
  ]);
  const locked = lock.locked.get(id);
  if (locked === undefined) throw new Error(`Schedule ${id} has vanished`);
  if (locked.terms.cancelledAt === null) return null;
  const state: State = {
    schedule: { ...entry.schedule, ...locked.terms },
    holdTtlMs: 0,
    seats: new Map(),
    bookings: bookings.map(bookingOf),
    blocked: { named: [], count: 0 },
    listed: [],
    balances: new Map(balances.map((row) => [row.user_id, balanceOf(row)])),
    payments: payments.map(paymentOf),
    tickets: tickets.map(ticketOf),
    blankTickets: [],
  };
  return { state, locked, now: lock.now };
}

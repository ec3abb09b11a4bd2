import { bestAvailable } from './best-available';
import type { FreeSeats } from './free-seats';
import type { Ledger } from './ledger';
import type { Booking, EntryWish, Schedule, State, WaitlistEntry } from './types';

/** Makes the ids of the bookings that nobody has asked for by a command. Chance is made outside. */
export type NewBookingId = () => string;

/**
 * Offers the seats that have come free to those who wait for them, from the first to the last whom they fit. Called before
 * anything else can be done with them. Whoever would have too many seats is passed over, and stays.
 */
export function offerFreed(state: State, ledger: Ledger, now: number, newId: NewBookingId): void {
  const { waiting } = ledger;
  if (!ledger.isUnoffered) return;
  const { schedule } = state;
  const isAwaited = waiting !== undefined && waiting.size > 0;
  // Once the date is on sale again, who waits is asked before anybody else can come.
  if (isAwaited && !isOnSale(schedule, now)) return;
  ledger.offered();
  if (!isAwaited) return;
  const free = ledger.freeSeats();
  let counts = countsOf(free);
  // Seats only go meanwhile: what does not fit once does not fit any more, and one way through the list is enough.
  const tooLarge = new Set<EntryWish>();
  for (const { entry, wish } of waiting.inOrder()) {
    if (free.count === 0 || tooLarge.size === waiting.wishCount) return;
    if (tooLarge.has(wish) || waiting.liveSeats(entry.userId) + wish.count > schedule.seatLimit) continue;
    const seatNumbers = fits(counts, wish) ? seatsFor(free, wish) : null;
    if (seatNumbers === null) tooLarge.add(wish);
    else {
      ledger.offer(entry, offerOf(state, entry, seatNumbers, { id: newId(), createdAt: now }));
      counts = countsOf(free);
    }
  }
}

/** Held for as long as an offer lasts, and never into the show. */
function offerOf(
  { schedule, seats }: State,
  { id: entryId, userId }: WaitlistEntry,
  seatNumbers: number[],
  made: { id: string; createdAt: number },
): Booking {
  return {
    ...made,
    userId,
    seatNumbers,
    totalPrice: seatNumbers.reduce((sum, seatNumber) => sum + (seats.get(seatNumber)?.price ?? 0), 0),
    status: 'PENDING',
    expiresAt: Math.min(made.createdAt + schedule.offerTtlMs, schedule.startAt),
    paidAt: null,
    entryId,
  };
}

/** Whether seats of this schedule may be taken now. */
export const isOnSale = (schedule: Schedule, now: number): boolean =>
  !schedule.stopped &&
  schedule.cancelledAt === null &&
  now >= schedule.bookingStartAt &&
  now <= schedule.bookingEndAt &&
  now < schedule.startAt;

/** Side by side where that can be had, else apart. null: not so many are free. */
export function seatsFor(free: FreeSeats, { count, sections, accessible }: EntryWish): number[] | null {
  const choice = bestAvailable(free, { count, sections: sections ?? undefined, accessible, together: false });
  return 'refusal' in choice ? null : choice.seatNumbers;
}

/** Free seats of each kind by section, and of all sections together under null. */
type Counts = Record<'accessible' | 'other', Map<string | null, number>>;

// To choose seats for each of ten thousand wishes that no seats fit would keep everybody waiting: to add up is enough.
function countsOf(free: FreeSeats): Counts {
  const counts: Counts = { accessible: new Map(), other: new Map() };
  for (const zone of free.plan.zones) {
    const kind = counts[zone.isAccessible ? 'accessible' : 'other'];
    for (const section of [zone.section, null])
      kind.set(section, (kind.get(section) ?? 0) + free.countIn(zone));
  }
  return counts;
}

function fits(counts: Counts, { count, sections, accessible }: EntryWish): boolean {
  const kind = counts[accessible ? 'accessible' : 'other'];
  let found = 0;
  for (const section of sections ?? [null]) {
    found += kind.get(section) ?? 0;
    if (found >= count) return true;
  }
  return false;
}

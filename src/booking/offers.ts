import { bestAvailable } from './best-available';
import type { FreeSeats } from './free-seats';
import type { Ledger } from './ledger';
import type { Booking, EntryWish, Schedule, State, WaitlistEntry } from './types';
import type { WaitingList } from './waiting-list';

/** Makes the ids of the bookings that nobody has asked for by a command. Chance is made outside. */
export type NewBookingId = () => string;

/** Those of a list who share a wish, and which of them is looked at next. */
interface Queue {
  wish: EntryWish;
  entries: readonly WaitlistEntry[];
  next: number;
}

/**
 * Offers the seats that have come free to those who wait for them: to the first that they fit, then to the next, until they fit
 * nobody. Called before anything else can be done with them.
 */
export function offerFreed(state: State, ledger: Ledger, now: number, newId: NewBookingId): void {
  const { waiting } = ledger;
  if (!ledger.takeFreed() || waiting === undefined || waiting.size === 0) return;
  const { schedule } = state;
  if (!isOnSale(schedule, now)) return;
  const free = ledger.freeSeats();
  let queues = [...waiting.wishes()]
    .filter(({ wish }) => wish.count <= free.count)
    .map(({ wish, entries }): Queue => ({ wish, entries: [...entries], next: 0 }));
  for (;;) {
    const first = firstOf(queues, waiting, schedule);
    if (first === null) return;
    const seatNumbers = seatsFor(free, first.queue.wish);
    // Seats only go meanwhile: what does not fit once does not fit any more.
    if (seatNumbers === null) queues = queues.filter((queue) => queue !== first.queue);
    else {
      ledger.offer(first.entry, offerOf(state, first.entry, seatNumbers, { id: newId(), createdAt: now }));
      first.queue.next += 1;
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
export const isOnSale = ({ bookingStartAt, bookingEndAt, startAt }: Schedule, now: number): boolean =>
  now >= bookingStartAt && now <= bookingEndAt && now < startAt;

/** Side by side where that can be had, else apart. null: not so many are free. */
export function seatsFor(free: FreeSeats, { count, sections, accessible }: EntryWish): number[] | null {
  const choice = bestAvailable(free, { count, sections: sections ?? undefined, accessible, together: false });
  return 'refusal' in choice ? null : choice.seatNumbers;
}

/** Who came first, of those whose wish may still fit. Whoever would have too many seats is passed over, and stays. */
function firstOf(
  queues: readonly Queue[],
  waiting: WaitingList,
  { seatLimit }: Schedule,
): { queue: Queue; entry: WaitlistEntry } | null {
  let first: { queue: Queue; entry: WaitlistEntry } | null = null;
  for (const queue of queues) {
    let entry = queue.entries[queue.next];
    while (entry !== undefined && waiting.liveSeats(entry.userId) + entry.count > seatLimit) {
      queue.next += 1;
      entry = queue.entries[queue.next];
    }
    if (entry !== undefined && (first === null || entry.sequence < first.entry.sequence))
      first = { queue, entry };
  }
  return first;
}

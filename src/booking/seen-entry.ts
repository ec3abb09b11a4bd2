import type { Ledger } from './ledger';
import type { Booking, WaitlistEntry, EntryStatus, SeenEntry, State } from './types';

/** An entry as its owner sees it now. What becomes of an offer is what becomes of its booking. */
export function seen({ schedule }: State, ledger: Ledger, entry: WaitlistEntry, now: number): SeenEntry {
  const offer = ledger.offerTo(entry.id) ?? null;
  const isOver = schedule.cancelledAt !== null || now > Math.min(schedule.bookingEndAt, schedule.startAt);
  const status =
    offer !== null ? statusOf(offer) : ledger.hasLeft(entry.id) ? 'LEFT' : isOver ? 'EXPIRED' : 'WAITING';
  const position = status === 'WAITING' ? ledger.waitingList().positionOf(entry) : null;
  return { entry, status, position, offer: offer && { ...offer } };
}

function statusOf({ status, paidAt }: Booking): EntryStatus {
  if (paidAt !== null) return 'TAKEN';
  if (status === 'CANCELLED') return 'LEFT';
  return status === 'PENDING' ? 'OFFERED' : 'EXPIRED';
}

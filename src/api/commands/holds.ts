import type { output } from 'zod';
import { parseSeatId, seatId } from '../../booking/seat-id';
import type { PresaleGrant } from '../../booking/types';
import { Problem } from '../../lib/problems';
import type { CatalogEntry } from '../../models/seat-catalog';
import type { SeatMap } from '../../seat-map/seat-map';
import type { HoldBody } from './schema';

// This process's clock may differ from the database's, which decides: refuse here only what is clear.
const CLOCK_MARGIN_MS = 2000;

/** @throws Problem SEAT_NOT_FOUND when an id is no seat of this schedule */
export function seatNumbersOf(body: output<typeof HoldBody>, scheduleId: string): number[] {
  if (body.seatNumbers !== undefined) return body.seatNumbers;
  return (body.seatIds ?? []).map((id) => {
    const seat = parseSeatId(id);
    if (seat?.scheduleId !== scheduleId) throw seatsNotFound([id]);
    return seat.number;
  });
}

/**
 * Refuses at once, where not one seat is free, what no choice of the worker could grant.
 * @throws Problem SHOW_CANCELLED, BOOKING_WINDOW_CLOSED or SOLD_OUT
 */
export async function refuseSoldOut(
  { seatMap }: { seatMap: SeatMap },
  { schedule }: CatalogEntry,
  presale: PresaleGrant | undefined,
): Promise<void> {
  refuseWindow(schedule, presale);
  if ((await seatMap.available(schedule.id)) === 0)
    throw new Problem('SOLD_OUT', 'No seat of this date is free now.');
}

/**
 * Refuses at once what the queue would refuse anyway, so that a sold-out show costs no queue and no database.
 * @throws Problem SEAT_NOT_FOUND, SHOW_CANCELLED, BOOKING_WINDOW_CLOSED or SEAT_TAKEN
 */
export async function refuseAtOnce(
  { seatMap }: { seatMap: SeatMap },
  { schedule, seatCount }: CatalogEntry,
  seatNumbers: readonly number[],
  presale: PresaleGrant | undefined,
): Promise<void> {
  const unknown = seatNumbers.filter((number) => number > seatCount);
  if (unknown.length > 0) throw seatsNotFound(unknown.map((number) => seatId(schedule.id, number)));
  refuseWindow(schedule, presale);
  const taken = await seatMap.taken(schedule.id, seatNumbers);
  if (taken.length > 0) {
    throw new Problem('SEAT_TAKEN', 'Held or sold already. Choose other seats.', {
      members: { seatIds: taken.map((number) => seatId(schedule.id, number)) },
    });
  }
}

function refuseWindow(
  { bookingStartAt, bookingEndAt, stopped, cancelledAt }: CatalogEntry['schedule'],
  presale: PresaleGrant | undefined,
): void {
  if (cancelledAt !== null) throw new Problem('SHOW_CANCELLED', 'This show was called off.');
  if (stopped) throw new Problem('BOOKING_WINDOW_CLOSED', 'The sale of this date is stopped for now.');
  const now = Date.now();
  const startsAtMs = presale === undefined ? bookingStartAt : -Infinity;
  if (now < startsAtMs - CLOCK_MARGIN_MS || now > bookingEndAt + CLOCK_MARGIN_MS)
    throw new Problem('BOOKING_WINDOW_CLOSED', 'Booking for this date is not open now.');
}

const seatsNotFound = (seatIds: string[]): Problem =>
  new Problem('SEAT_NOT_FOUND', 'This date has no such seat.', { members: { seatIds } });

import type { Accepted, PlannedRequest } from '../load/plan';
import { CONCERT_ID, heldBookingId } from '../stage/seed';

export const COMPLETED: Accepted = { name: 'confirmed', status: 200, contains: '"status":"completed"' };
export const TAKEN: Accepted = { name: 'taken', status: 409, contains: 'SEAT_TAKEN' };

const command = (path: string, fan: number): PlannedRequest => ({
  method: 'POST',
  path,
  fan,
  concertId: CONCERT_ID,
  headers: { prefer: 'wait=10' },
});

/** Holds one seat and waits for the outcome. */
export const holdOf = (scheduleId: number, seat: number, fan: number): PlannedRequest =>
  command(`/api/concerts/seats/${scheduleId}-${seat}/book`, fan);

/** Pays the hold that the scene has of this seat. */
export const payOf = (scheduleId: number, seat: number, fan: number): PlannedRequest =>
  command(`/api/concerts/bookings/${heldBookingId(scheduleId, seat)}/pay`, fan);

/** Reads a schedule's seat map. */
export const mapOf = (
  scheduleId: number,
  fan: number,
  headers: Record<string, string> = {},
): PlannedRequest => ({
  method: 'GET',
  path: `/api/concerts/schedules/${scheduleId}/seats`,
  fan,
  concertId: CONCERT_ID,
  headers,
});

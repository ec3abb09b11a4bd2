import { z } from 'zod';
import { SeatChanges, SeatMap } from './contract';
import { followEvents } from './events';
import type { Fan } from './fan';
import type { Answer } from './http';

const SeatEvent = z.union([SeatMap, SeatChanges]);
export type SeatEvent = z.infer<typeof SeatEvent>;

/** An open stream of a date's seats. */
export interface SeatEvents {
  readonly answer: Answer;
  /** The next event; null once the stream has ended. @throws Error when there is none in time */
  next(): Promise<SeatEvent | null>;
  close(): void;
}

/** Opens `…/seats/events` on one web process. */
export async function followSeats(
  fan: Fan,
  scheduleId: string,
  origin: string,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<SeatEvents> {
  const path = `/api/concerts/schedules/${scheduleId}/seats/events${query}`;
  const events = await followEvents(fan, origin, path, { 'x-queue-token': fan.queueToken ?? '', ...headers });
  return {
    ...events,
    next: async () => {
      const event = await events.next('seats');
      return event === null ? null : SeatEvent.parse(event);
    },
  };
}

/** Every seat's status by its id, as a client keeps it. */
export function applied(statuses: Map<string, string>, event: SeatEvent): Map<string, string> {
  if ('seats' in event) return new Map(event.seats.map((seat) => [seat.id, seat.status]));
  return new Map([...statuses, ...event.changed.map((seat): [string, string] => [seat.id, seat.status])]);
}

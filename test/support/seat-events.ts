import { z } from 'zod';
import { SeatChanges, SeatMap } from './contract';
import type { Fan } from './fan';
import { Answer } from './http';

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
  const giveUp = new AbortController();
  const path = `/api/concerts/schedules/${scheduleId}/seats/events${query}`;
  const response = await fetch(`${origin}${path}`, {
    headers: { authorization: `Bearer ${fan.token}`, 'x-queue-token': fan.queueToken ?? '', ...headers },
    signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(20_000)]),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('The stream has no body');
  let text = '';
  return {
    answer: new Answer(`GET ${path}`, response.status, response.headers, '', 0),
    next: async () => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const [event, , data = ''] = text.slice(0, end).split('\n');
          text = text.slice(end + 2);
          if (event === 'event: seats') return SeatEvent.parse(JSON.parse(data.replace(/^data: /, '')));
          continue; // A heartbeat.
        }
        const { done, value } = await reader.read();
        if (done) return null;
        text += value;
      }
    },
    close: () => giveUp.abort(),
  };
}

/** Every seat's status by its id, as a client keeps it. */
export function applied(statuses: Map<string, string>, event: SeatEvent): Map<string, string> {
  if ('seats' in event) return new Map(event.seats.map((seat) => [seat.id, seat.status]));
  return new Map([...statuses, ...event.changed.map((seat): [string, string] => [seat.id, seat.status])]);
}

import type { Calls } from './calls';
import type { components, operations } from './contract';
import { ended, type Ended, waitSeconds } from './jobs';

type Schemas = components['schemas'];
/** Seats by id or number, or as many as wanted of the best. */
export type Seats = operations['holdSeats']['requestBody']['content']['application/json'];
type Headers = Record<string, string>;

export interface Commands {
  hold(scheduleId: string, seats: Seats, pass: Headers): Promise<Schemas['Booking']>;
  pay(bookingId: string, pass: Headers): Promise<Ended<'pay'>['result']>;
  cancel(bookingId: string): Promise<Schemas['Booking']>;
}

/**
 * Each command has an idempotency key of its own, so that a lost answer is asked for again and nothing is done twice.
 * @param withinMs how long a command may take to its end
 */
export function createCommands(calls: Calls, withinMs: number): Commands {
  const headers = (pass: Headers): Headers => ({
    ...pass,
    prefer: `wait=${waitSeconds(withinMs)}`,
    'idempotency-key': crypto.randomUUID(),
  });
  return {
    hold: async (scheduleId, seats, pass) => {
      const path = '/api/concerts/schedules/{scheduleId}/bookings';
      const options = { params: { path: { scheduleId } }, body: seats, headers: headers(pass) };
      return (await ended(calls, 'hold', calls.POST(path, options), { withinMs })).result.booking;
    },
    pay: async (bookingId, pass) => {
      const path = '/api/concerts/bookings/{bookingId}/pay';
      const options = { params: { path: { bookingId } }, headers: headers(pass) };
      return (await ended(calls, 'pay', calls.POST(path, options), { withinMs })).result;
    },
    cancel: async (bookingId) => {
      const path = '/api/concerts/bookings/{bookingId}/cancel';
      const options = { params: { path: { bookingId } }, headers: headers({}) };
      return (await ended(calls, 'cancel', calls.POST(path, options), { withinMs })).result.booking;
    },
  };
}

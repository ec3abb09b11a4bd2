import { answered, type Calls } from './calls';
import type { components, operations } from './contract';
import { eventsOf } from './event-stream';
import type { Commands, Seats } from './commands';
import type { Ended } from './jobs';
import { pause } from './pause';
import { FrontrowProblem } from './problem';

type Schemas = components['schemas'];
export type QueueState = Schemas['QueueState'];

export interface Waiting {
  /** Told of every state, the first at once. */
  onState?: (state: QueueState) => void;
  signal?: AbortSignal;
}

const isState = (data: unknown): data is QueueState =>
  typeof data === 'object' && data !== null && 'queueToken' in data && 'status' in data;

/** One fan's place in the waiting room of one concert, and what may be done from it. */
export class Room {
  #state: QueueState;

  constructor(
    readonly concertId: string,
    joined: QueueState,
    readonly calls: Calls,
    readonly commands: Commands,
  ) {
    this.#state = joined;
  }

  /** As last heard. */
  get state(): QueueState {
    return this.#state;
  }

  /** To be sent as `X-Queue-Token`: it proves the place. */
  get queueToken(): string {
    return this.#state.queueToken;
  }

  /**
   * Every state as it comes: by the event stream, and by polling while there is none. It ends by an abort, or by a throw.
   * @throws FrontrowProblem NOT_QUEUED once the place is gone
   */
  async *states(signal?: AbortSignal): AsyncGenerator<QueueState> {
    yield this.#state;
    for (;;) {
      yield* this.#streamed(signal);
      yield await this.look(signal);
      await pause(this.#state.pollAfterMs, signal);
    }
  }

  /** Waits until seats may be chosen. @throws FrontrowProblem NOT_QUEUED when the place is gone */
  async admitted({ onState, signal }: Waiting = {}): Promise<QueueState> {
    for await (const state of this.states(signal)) {
      onState?.(state);
      if (state.status === 'ACTIVE') return state;
    }
    throw new Error('The states ended'); // They do not: only a throw ends them.
  }

  /** Polls once, which is a sign of life. @throws FrontrowProblem NOT_QUEUED */
  async look(signal?: AbortSignal): Promise<QueueState> {
    return this.#keep(
      await answered(
        this.calls.GET('/api/users/queue', {
          params: { query: { concertId: this.concertId } },
          headers: this.#pass,
          ...(signal && { signal }),
        }),
      ),
    );
  }

  /** Gives the place up, or the admission, for good. */
  async leave(): Promise<void> {
    const params = { query: { concertId: this.concertId } };
    const { error, response } = await this.calls.DELETE('/api/users/queue', { params, headers: this.#pass });
    if (error !== undefined)
      throw new FrontrowProblem(error, response.status, response.headers.get('x-request-id'));
  }

  /** The dates that can be booked now. */
  async dates(): Promise<Schemas['BookableSchedule'][]> {
    const params = { path: { concertId: this.concertId } };
    const path = '/api/concerts/{concertId}/schedules/bookable';
    return (await answered(this.calls.GET(path, { params, headers: this.#pass }))).schedules;
  }

  /** The seats of a date, each with its status. */
  async seats(
    scheduleId: string,
    query: Pick<NonNullable<operations['getSeats']['parameters']['query']>, 'status'> = {},
  ): Promise<Schemas['Seat'][]> {
    const path = '/api/concerts/schedules/{scheduleId}/seats';
    const params = { path: { scheduleId }, query };
    const map = await answered(this.calls.GET(path, { params, headers: this.#pass }));
    return 'seats' in map ? map.seats : [];
  }

  /** All of these seats, or none. @throws FrontrowProblem SEAT_TAKEN, NOT_TOGETHER, SOLD_OUT, SEAT_LIMIT … */
  async hold(scheduleId: string, seats: Seats): Promise<Schemas['Booking']> {
    return this.commands.hold(scheduleId, seats, this.#pass);
  }

  /** @throws FrontrowProblem INSUFFICIENT_POINTS, HOLD_EXPIRED … */
  async pay(bookingId: string): Promise<Ended<'pay'>['result']> {
    return this.commands.pay(bookingId, this.#pass);
  }

  get #pass(): Record<string, string> {
    return { 'x-queue-token': this.queueToken };
  }

  async *#streamed(signal?: AbortSignal): AsyncGenerator<QueueState> {
    try {
      const { data, response } = await this.calls.GET('/api/users/queue/events', {
        params: { query: { concertId: this.concertId } },
        headers: this.#pass,
        parseAs: 'stream',
        ...(signal && { signal }),
      });
      if (data === undefined || data === null) return;
      for await (const told of eventsOf(new Response(data, response), 'state')) {
        if (isState(told)) yield this.#keep(told);
      }
    } catch (error) {
      if (signal?.aborted === true) throw error;
      // The line broke: a poll tells where things stand, and the stream is opened anew after it.
    }
  }

  #keep(state: QueueState): QueueState {
    this.#state = state;
    return state;
  }
}

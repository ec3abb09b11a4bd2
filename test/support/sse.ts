import { QueueState, type State } from './contract';
import { followEvents } from './events';
import type { Fan } from './fan';
import type { Answer } from './http';

/** An open stream of a fan's states. */
export interface States {
  readonly answer: Answer;
  /** The next state told. @throws Error when the stream ends or tells none in time */
  next(): Promise<State>;
  close(): void;
}

/** Opens `/api/users/queue/events` on one web process. */
export async function followStates(fan: Fan, concertId: string, origin: string): Promise<States> {
  const events = await followEvents(fan, origin, `/api/users/queue/events?concertId=${concertId}`);
  return {
    ...events,
    next: async () => {
      const state = await events.next('state');
      if (state === null) throw new Error('The stream ended');
      return QueueState.parse(state);
    },
  };
}

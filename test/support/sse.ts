import { QueueState, type State } from './contract';
import type { Fan } from './fan';
import { Answer } from './http';

/** An open stream of a fan's states. */
export interface States {
  readonly answer: Answer;
  /** The next state told. @throws Error when the stream ends or tells none in time */
  next(): Promise<State>;
  close(): void;
}

/** Opens `/api/users/queue/events` on one web process. */
export async function followStates(fan: Fan, concertId: string, origin: string): Promise<States> {
  const giveUp = new AbortController();
  const path = `/api/users/queue/events?concertId=${concertId}`;
  const response = await fetch(`${origin}${path}`, {
    headers: { authorization: `Bearer ${fan.token}` },
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
          const event = text.slice(0, end).split('\n');
          text = text.slice(end + 2);
          if (event[0] === 'event: state' && event[1]?.startsWith('data: ') === true)
            return QueueState.parse(JSON.parse(event[1].slice('data: '.length)));
          continue; // A heartbeat.
        }
        const { done, value } = await reader.read();
        if (done) throw new Error('The stream ended');
        text += value;
      }
    },
    close: () => giveUp.abort(),
  };
}

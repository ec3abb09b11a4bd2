import type { Fan } from './fan';
import { Answer } from './http';

/** An open event stream. */
export interface Events {
  readonly answer: Answer;
  /** The data of the next event of that name, past any heartbeat; null once the stream has ended. @throws Error when there is none in time */
  next(name: string): Promise<unknown>;
  close(): void;
}

/** Opens an event stream on one web process, as this fan. */
export async function followEvents(
  fan: Pick<Fan, 'token'>,
  origin: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Events> {
  const giveUp = new AbortController();
  const response = await fetch(`${origin}${path}`, {
    headers: { authorization: `Bearer ${fan.token}`, ...headers },
    signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(20_000)]),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('The stream has no body');
  let text = '';
  return {
    answer: new Answer(`GET ${path}`, response.status, response.headers, '', 0),
    next: async (name) => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const { done, value } = await reader.read();
          if (done) return null;
          text += value;
          continue;
        }
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const data = lines.find((line) => line.startsWith('data: '));
        if (lines[0] === `event: ${name}` && data !== undefined) {
          const told: unknown = JSON.parse(data.slice('data: '.length));
          return told;
        }
      }
    },
    close: () => giveUp.abort(),
  };
}

import { createParser } from 'eventsource-parser';

/** The service sends at least a comment four times as often: a line that is silent for so long is dead. */
const SILENT_MS = 60_000;

/** The data of a stream's events of one name, as they come. It ends when the stream does. @throws when the line breaks or falls silent */
export async function* eventsOf(answer: Response, name: string, silentMs = SILENT_MS): AsyncGenerator {
  if (answer.body === null) return;
  const told: unknown[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === name) told.push(JSON.parse(data));
    },
  });
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silentMs);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* told.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => undefined); // A line that broke is closed already.
  }
}

/** Nobody is told of a connection whose other end is gone: only its silence tells. */
async function inTime<T>(work: Promise<T>, silentMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The stream has fallen silent')), silentMs);
  });
  return Promise.race([work, silence]).finally(() => clearTimeout(timer));
}

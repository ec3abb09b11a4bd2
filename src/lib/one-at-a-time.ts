import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Asks at most one question about a key at a time. Whoever comes while one is under way shares the next one with all who do: an answer is
 * never older than the asking. One that is asked at once leaves after the requests that came in the same turn.
 */
export function oneAtATime<Answer>(ask: (key: string) => Promise<Answer>): (key: string) => Promise<Answer> {
  const gathering = new Map<string, Promise<Answer>>();
  const underWay = new Map<string, Promise<unknown>>();

  async function askNext(key: string): Promise<Answer> {
    await (underWay.get(key) ?? nextTurn());
    gathering.delete(key);
    const answer = ask(key);
    const ended = answer
      .catch(() => undefined)
      .finally(() => {
        if (!gathering.has(key)) underWay.delete(key);
      });
    underWay.set(key, ended);
    return answer;
  }

  return async (key) => {
    const next = gathering.get(key) ?? askNext(key);
    gathering.set(key, next);
    return next;
  };
}

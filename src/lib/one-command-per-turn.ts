import DataLoader from 'dataloader';

export interface OneCommandPerTurnOptions {
  limit?: number;
  sendOn?: (send: () => void) => void;
}

/** For what comes all at once, as what follows a transaction does. */
export const nextTick = (send: () => void): void => process.nextTick(send);

/**
 * Lets questions about the same key that come in one turn of the event loop share one command. One command for each
 * question would be a good part of what a busy request costs.
 * @param ask answers questions about one key, in their order
 * @param options.limit of questions in one command
 * @param options.sendOn calls back when a command may leave: by default after the requests that came in the same turn
 */
export function oneCommandPerTurn<Question, Answer>(
  ask: (key: string, questions: readonly Question[]) => Promise<Answer[]>,
  { limit = Infinity, sendOn = setImmediate }: OneCommandPerTurnOptions = {},
): (key: string, question: Question) => Promise<Answer> {
  const gathering = new Map<string, DataLoader<Question, Answer>>();
  return (key, question) => {
    let loader = gathering.get(key);
    if (loader === undefined) {
      const answer = async (questions: readonly Question[]) => {
        gathering.delete(key);
        return ask(key, questions);
      };
      loader = new DataLoader(answer, { cache: false, batchScheduleFn: sendOn, maxBatchSize: limit });
      gathering.set(key, loader);
    }
    return loader.load(question);
  };
}

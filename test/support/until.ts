import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is one to go on with. @throws Error saying what was waited for, with the last answer */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  { withinMs = 20_000, everyMs = 50 } = {},
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadline) {
      const last = JSON.stringify(answer).slice(0, 500);
      throw new Error(`After ${withinMs} ms still not: ${what}. The last answer: ${last}`);
    }
    await sleep(everyMs);
  }
}

/** Asks again and again until this is the answer. @throws Error as `until` does */
export async function untilIs<T extends string | number | boolean>(
  what: string,
  ask: () => Promise<T | undefined>,
  wanted: T,
  patience?: { withinMs?: number; everyMs?: number },
): Promise<T> {
  await until(what, ask, (answer) => answer === wanted, patience);
  return wanted;
}

/** So many at once, no more: a thousand requests without opening a thousand connections. */
export async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next;
      const item = items[index];
      if (item === undefined) return;
      next += 1;
      results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

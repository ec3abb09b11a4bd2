// Lives in the worker process.

/** What is slow, as there is much of it, takes no more than this part of the time. */
const SHARE = 1 / 50;

/**
 * Lets something be done at most so often, and less often the longer it takes.
 * @returns does it, or nothing when it is too early
 */
export function paced(everyMs: number): (act: () => Promise<void>) => Promise<void> {
  let nextAtMs = -Infinity;
  return async (act) => {
    const startedAtMs = performance.now();
    if (startedAtMs < nextAtMs) return;
    nextAtMs = startedAtMs + everyMs;
    await act();
    const tookMs = performance.now() - startedAtMs;
    nextAtMs = startedAtMs + Math.max(everyMs, tookMs / SHARE);
  };
}

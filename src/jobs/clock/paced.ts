// Lives in the worker process.

/** What is slow, as there is much of it, takes no more than this part of the time. */
const SHARE = 1 / 50;

/**
 * Lets something be done less often the longer it takes.
 * @returns does it and says true; or false, when it is too early
 */
export function paced(): (act: () => Promise<void>) => Promise<boolean> {
  let nextAtMs = -Infinity;
  return async (act) => {
    const startedAtMs = performance.now();
    if (startedAtMs < nextAtMs) return false;
    await act();
    nextAtMs = startedAtMs + (performance.now() - startedAtMs) / SHARE;
    return true;
  };
}

/**
 * Runs `task` now and then again and again, `pauseMs` after the last run ended: runs never overlap.
 * @returns stops it, and resolves when the run under way has ended
 */
export function repeat(
  pauseMs: number,
  task: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;

  async function loop(): Promise<void> {
    for (;;) {
      if (stopped) return;
      try {
        await task();
      } catch (error) {
        onFault(error);
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, pauseMs);
      });
    }
  }

  const ended = loop();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    wake?.();
    await ended;
  };
}

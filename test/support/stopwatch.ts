const LOOK_MS = 100;

let lookedAt = performance.now();
let stoodStillMs = 0;
let timer: NodeJS.Timeout | null = null;

function look(): void {
  const now = performance.now();
  stoodStillMs += Math.max(0, now - lookedAt - 2 * LOOK_MS);
  lookedAt = now;
}

/**
 * Measures what the service took, not what the machine did: whoever calls the returned function gets the time since,
 * in milliseconds, less the time in which this very process stood still. A shared machine stops for most of a second
 * now and then, and a bound on plain time would blame the service for it.
 */
export function stopwatch(): () => number {
  if (timer === null) lookedAt = performance.now();
  timer ??= setInterval(look, LOOK_MS).unref();
  look();
  const startedAt = performance.now();
  const stoodBefore = stoodStillMs;
  return () => {
    look();
    return performance.now() - startedAt - (stoodStillMs - stoodBefore);
  };
}

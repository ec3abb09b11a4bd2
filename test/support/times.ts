export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The moment so many hours from now; before now, if negative. */
export const hoursFromNow = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);

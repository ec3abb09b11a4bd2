/** The middle value; the mean of the two middle ones of an even number. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The value that `share` (0 to 1) of the values do not exceed. NaN of nothing. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * Events per second between the first tenth and the last tenth of them: neither the opening of a thousand connections
 * nor the last stragglers count, for nobody.
 * @param times when each event was, in milliseconds, in order
 * @returns 0 for too few to say
 */
export function steadyRate(times: ArrayLike<number>): number {
  if (times.length < 3) return 0;
  const from = Math.floor(times.length * 0.1);
  const to = Math.ceil(times.length * 0.9) - 1;
  const elapsed = (times[to] ?? Number.NaN) - (times[from] ?? Number.NaN);
  return ((to - from) * 1000) / elapsed;
}

/** The values between the first tenth and the last one, in the order in which they came: those of which the rate is. */
export function steady(values: readonly number[]): readonly number[] {
  return values.slice(Math.floor(values.length * 0.1), Math.ceil(values.length * 0.9));
}

/** How far the rounds of one figure lie apart, as a share of the middle one. 0 of fewer than two. */
export function spread(rounds: readonly number[]): number {
  return rounds.length < 2 ? 0 : (Math.max(...rounds) - Math.min(...rounds)) / median(rounds);
}

// Rounds of a quiet machine lie closer together than this.
const NOISY = 0.2;

/** Whether the rounds lie so far apart that the middle one says little. */
export const isNoisy = (rounds: readonly number[]): boolean => spread(rounds) > NOISY;

/** Three significant digits, which is more than such a machine repeats. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(value >= 1000 ? 4 : 3)) : value;
}

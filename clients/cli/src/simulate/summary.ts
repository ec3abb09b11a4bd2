import type { Story } from './fan-story';

export interface Summary {
  fans: number;
  tickets: number;
  seconds: number;
  /** How each ended, and how many did. */
  ends: Record<string, number>;
  faults: Record<string, number>;
  waitedSeconds: Spread | null;
  holdMs: Spread | null;
  payMs: Spread | null;
}

interface Spread {
  least: number;
  middle: number;
  p95: number;
  most: number;
}

export function summaryOf(stories: readonly Story[], tookMs: number): Summary {
  return {
    fans: stories.length,
    tickets: stories.reduce((sum, { seats }) => sum + seats, 0),
    seconds: Math.round(tookMs / 100) / 10,
    ends: tally(stories.map(({ end }) => end)),
    faults: tally(stories.flatMap(({ fault }) => fault ?? [])),
    waitedSeconds: spread(stories.map(({ waitedMs }) => (waitedMs === null ? null : waitedMs / 1000))),
    holdMs: spread(stories.map(({ holdMs }) => holdMs)),
    payMs: spread(stories.map(({ payMs }) => payMs)),
  };
}

function tally(values: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, one], [, other]) => other - one));
}

function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return Math.round(value * 10) / 10;
  };
  return sorted.length === 0 ? null : { least: at(0), middle: at(0.5), p95: at(0.95), most: at(1) };
}

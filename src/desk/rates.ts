import type { Counted } from './notes';

/** How a command came to its end, how often. */
export interface CommandCount {
  decider: 'queue' | 'door';
  kind: string;
  outcome: string;
  count: number;
}

export interface Rates {
  /** Over all concerts: what workers have decided. */
  perSecond: number;
  /** The same of each concert; and of these, those that were not completed. */
  ofConcert: ReadonlyMap<string, { perSecond: number; refusedPerSecond: number }>;
  lastMinute: CommandCount[];
}

// One sample alone would jump up and down: processes tell their counts once a second.
const RATE_OVER_MS = 8000;

/** What commands came to of late, of counts sample by sample, the latest last. */
export function ratesOf(recent: readonly Counted[]): Rates {
  const untilMs = recent.at(-1)?.untilMs ?? 0;
  const latest = recent.filter((each) => each.untilMs > untilMs - RATE_OVER_MS);
  const seconds = latest.reduce((sum, each) => sum + (each.untilMs - each.sinceMs), 0) / 1000;
  const concerts = new Map<string, { ended: number; refused: number }>();
  let ended = 0;
  for (const [field, count] of latest.flatMap(({ counts }) => [...counts])) {
    const { concertId, decider, outcome } = partsOf(field);
    if (decider !== 'queue') continue;
    ended += count;
    const concert = concerts.get(concertId) ?? { ended: 0, refused: 0 };
    concert.ended += count;
    if (outcome !== 'completed') concert.refused += count;
    concerts.set(concertId, concert);
  }
  const perSecond = (count: number) => (seconds > 0 ? Math.round((10 * count) / seconds) / 10 : 0);
  return {
    perSecond: perSecond(ended),
    ofConcert: new Map(
      [...concerts].map(([id, concert]) => [
        id,
        { perSecond: perSecond(concert.ended), refusedPerSecond: perSecond(concert.refused) },
      ]),
    ),
    lastMinute: totalsOf(recent),
  };
}

function totalsOf(recent: readonly Counted[]): CommandCount[] {
  const totals = new Map<string, CommandCount>();
  for (const [field, count] of recent.flatMap(({ counts }) => [...counts])) {
    const { decider, kind, outcome } = partsOf(field);
    const name = `${decider} ${kind} ${outcome}`;
    const known = totals.get(name);
    if (known === undefined) totals.set(name, { decider, kind, outcome, count });
    else known.count += count;
  }
  return [...totals.values()].sort((a, b) => b.count - a.count);
}

function partsOf(field: string): Omit<CommandCount, 'count'> & { concertId: string } {
  const [concertId = '', decider, kind = '', outcome = ''] = field.split(' ');
  return { concertId, decider: decider === 'door' ? 'door' : 'queue', kind, outcome };
}

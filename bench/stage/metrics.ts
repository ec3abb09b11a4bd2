import type { Started } from './processes';

/** Means that the service's own metrics give for a span of time: name → metric, and what to multiply it with. */
const MEANS: Record<string, { metric: string; times: number }> = {
  'commands per transaction': { metric: 'frontrow_group_commands', times: 1 },
  'ms in gate': { metric: 'frontrow_gate_seconds', times: 1000 },
  'ms in queue, per batch': { metric: 'frontrow_queue_seconds', times: 1000 },
  'ms in transaction, per batch': { metric: 'frontrow_group_transaction_seconds', times: 1000 },
};

// In production a web process shows its figures to nobody else.
export const METRICS_TOKEN = 'metrics-token-of-the-load-harness-and-nothing-else';

export type Counters = Map<string, number>;

/** Sums and counts of those metrics over the processes that show any. */
export async function readCounters(processes: readonly Started[]): Promise<Counters> {
  const counters: Counters = new Map();
  for (const { role, url } of processes) {
    if (role !== 'web' && role !== 'worker') continue;
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${url}/metrics`, { headers })).text();
    for (const [, name = '', value = ''] of text.matchAll(
      /^(frontrow_\w+_(?:sum|count))(?:\{.*\})? (\S+)$/gm,
    )) {
      counters.set(name, (counters.get(name) ?? 0) + Number(value));
    }
  }
  return counters;
}

/** The means over what happened between two readings. */
export function meansBetween(before: Counters, after: Counters): Record<string, number> {
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  return Object.fromEntries(
    Object.entries(MEANS).flatMap(([name, { metric, times }]) => {
      const count = grown(`${metric}_count`);
      return count === 0 ? [] : [[name, (times * grown(`${metric}_sum`)) / count]];
    }),
  );
}

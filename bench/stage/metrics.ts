import type { Stack } from './stacks';

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

/** Sums and counts of those metrics over the processes; only the service's own show any. */
export async function readCounters({ kind, processes }: Stack): Promise<Counters> {
  const counters: Counters = new Map();
  if (kind !== 'ours') return counters;
  for (const { url } of processes) {
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

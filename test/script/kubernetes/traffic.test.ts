import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { isSelected, type Labels, LabelsSchema, parsed, podOf } from './pods';

// Who may talk to whom, worked out from the NetworkPolicies as Kubernetes does it.

const SelectorSchema = z.strictObject({
  matchLabels: LabelsSchema.default({}),
  matchExpressions: z
    .array(z.strictObject({ key: z.string(), operator: z.literal('In'), values: z.array(z.string()) }))
    .default([]),
});
const PeersSchema = z
  .array(
    z.strictObject({ podSelector: SelectorSchema.optional(), namespaceSelector: SelectorSchema.optional() }),
  )
  .optional();
const PortsSchema = z.array(
  z.strictObject({ protocol: z.enum(['TCP', 'UDP']), port: z.union([z.number(), z.string()]) }),
);
const PolicySchema = z.object({
  spec: z.strictObject({
    podSelector: SelectorSchema,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.strictObject({ from: PeersSchema, ports: PortsSchema })).default([]),
    egress: z.array(z.strictObject({ to: PeersSchema, ports: PortsSchema })).default([]),
  }),
});
const policies = parsed('NetworkPolicy', PolicySchema).map(([, { spec }]) => spec);

interface Place {
  namespace: string;
  labels: Labels;
  /** Named ports by their number. */
  named?: Record<number, string>;
}

const inside = (labels: Labels, named: Record<number, string> = {}): Place => ({
  namespace: 'frontrow',
  labels,
  named,
});
const outside = (namespace: string, labels: Labels = {}): Place => ({ namespace, labels });
const ours = (name: string): Place => {
  const { labels, container } = podOf(name);
  return inside(labels, Object.fromEntries(container.ports.map((port) => [port.containerPort, port.name])));
};
const PLACES: Record<string, Place> = {
  web: ours('web'),
  worker: ours('worker'),
  migrate: ours('migrate'),
  pooler: inside({ 'cnpg.io/poolerName': 'frontrow-pooler' }),
  postgres: inside({ 'cnpg.io/cluster': 'frontrow-postgres' }),
  redis: inside({ app: 'frontrow-redis' }),
  sentinel: inside({ app: 'frontrow-redis-sentinel' }),
  stranger: inside({ app: 'something-else' }),
  ingress: outside('nginx-ingress'),
  monitoring: outside('monitoring'),
  operator: outside('cnpg-system'),
  dns: outside('kube-system', { 'k8s-app': 'kube-dns' }),
  internet: outside('somewhere-else'),
};

function matches({ matchLabels, matchExpressions }: z.infer<typeof SelectorSchema>, labels: Labels): boolean {
  return (
    isSelected(labels, matchLabels) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
  );
}

/** Without peers a rule is for everybody; a peer without a namespace is one of the same. */
function isPeer(peers: z.infer<typeof PeersSchema>, { namespace, labels }: Place): boolean {
  return (
    peers === undefined ||
    peers.some(
      ({ podSelector, namespaceSelector }) =>
        (namespaceSelector === undefined
          ? namespace === 'frontrow'
          : matches(namespaceSelector, { 'kubernetes.io/metadata.name': namespace })) &&
        (podSelector === undefined || matches(podSelector, labels)),
    )
  );
}

function mayTalk(from: Place, to: Place, port: number): boolean {
  const isPort = (ports: z.infer<typeof PortsSchema>): boolean =>
    ports.some((each) => each.port === port || each.port === to.named?.[port]);
  const about = (place: Place, type: 'Ingress' | 'Egress') =>
    place.namespace === 'frontrow'
      ? policies.filter(
          ({ podSelector, policyTypes }) => policyTypes.includes(type) && matches(podSelector, place.labels),
        )
      : [];
  const out = about(from, 'Egress');
  const into = about(to, 'Ingress');
  return (
    (out.length === 0 ||
      out.some(({ egress }) => egress.some((rule) => isPeer(rule.to, to) && isPort(rule.ports)))) &&
    (into.length === 0 ||
      into.some(({ ingress }) => ingress.some((rule) => isPeer(rule.from, from) && isPort(rule.ports))))
  );
}

function place(name: string): Place {
  const found = PLACES[name];
  if (found === undefined) throw new Error(`no place ${name}`);
  return found;
}

test.each([
  ['ingress', 'web', 3000],
  ['monitoring', 'web', 3000],
  ['monitoring', 'worker', 3001],
  ['web', 'pooler', 5432],
  ['worker', 'pooler', 5432],
  ['pooler', 'postgres', 5432],
  ['migrate', 'postgres', 5432],
  ['postgres', 'postgres', 5432],
  ['postgres', 'postgres', 8000],
  ['operator', 'postgres', 8000],
  ['web', 'redis', 6379],
  ['worker', 'redis', 6379],
  ['web', 'sentinel', 26_379],
  ['worker', 'sentinel', 26_379],
  ['sentinel', 'redis', 6379],
  ['redis', 'redis', 6379],
  ['sentinel', 'sentinel', 26_379],
  ['web', 'dns', 53],
  ['worker', 'dns', 53],
  ['migrate', 'dns', 53],
  ['redis', 'dns', 53],
])('%s may talk to %s at %i', (from, to, port) => {
  expect(mayTalk(place(from), place(to), port)).toBe(true);
});

test.each([
  ['internet', 'web', 3000],
  ['internet', 'redis', 6379],
  ['internet', 'postgres', 5432],
  ['ingress', 'worker', 3001],
  ['ingress', 'redis', 6379],
  ['ingress', 'pooler', 5432],
  ['web', 'postgres', 5432],
  ['web', 'worker', 3001],
  ['web', 'internet', 443],
  ['worker', 'internet', 443],
  ['worker', 'web', 3000],
  ['migrate', 'redis', 6379],
  ['migrate', 'web', 3000],
  ['migrate', 'internet', 443],
  ['redis', 'postgres', 5432],
  ['redis', 'internet', 443],
  ['stranger', 'redis', 6379],
  ['stranger', 'pooler', 5432],
  ['stranger', 'web', 3000],
  ['stranger', 'internet', 443],
  ['monitoring', 'redis', 6379],
])('%s may not talk to %s at %i', (from, to, port) => {
  expect(mayTalk(place(from), place(to), port)).toBe(false);
});

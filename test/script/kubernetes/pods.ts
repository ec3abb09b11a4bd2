import path from 'node:path';
import { z } from 'zod';
import { build, PRODUCTION, type Resource } from './manifests';

export const stores = build(path.join(PRODUCTION, 'stores'));
export const migration = build(path.join(PRODUCTION, 'migrate'));
export const service = build(path.join(PRODUCTION, 'service'));
export const everything = [...stores, ...migration, ...service];

export const LabelsSchema = z.record(z.string(), z.string());
export type Labels = z.infer<typeof LabelsSchema>;

const ReferenceSchema = z.object({ name: z.string(), key: z.string() });
const ProbeSchema = z.object({
  httpGet: z.object({ path: z.string(), port: z.string() }),
  timeoutSeconds: z.number(),
});
const ContainerSchema = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
  env: z.array(
    z.object({
      name: z.string(),
      value: z.string().optional(),
      valueFrom: z.object({ secretKeyRef: ReferenceSchema }).optional(),
    }),
  ),
  startupProbe: ProbeSchema.optional(),
  livenessProbe: ProbeSchema.optional(),
  readinessProbe: ProbeSchema.optional(),
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
  securityContext: z.unknown(),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
});
export type Container = z.infer<typeof ContainerSchema>;

const SelectorSchema = z.object({ matchLabels: LabelsSchema });
const PodSchema = z.object({
  metadata: z.object({ labels: LabelsSchema }),
  spec: z.object({
    containers: z.tuple([ContainerSchema]),
    securityContext: z.unknown(),
    automountServiceAccountToken: z.boolean(),
    enableServiceLinks: z.boolean(),
    terminationGracePeriodSeconds: z.number().optional(),
    topologySpreadConstraints: z.array(z.object({ labelSelector: SelectorSchema })).default([]),
  }),
});
const OwnerSchema = z.object({
  spec: z.object({ selector: SelectorSchema.optional(), template: PodSchema }),
});

/** Our own pods, each with one container: web, worker and migrate. */
export const pods = everything
  .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
  .map((resource) => {
    const { selector, template } = OwnerSchema.parse(resource).spec;
    const [container] = template.spec.containers;
    return {
      owner: resource.metadata.name,
      selector,
      labels: template.metadata.labels,
      container,
      spec: template.spec,
    };
  });
export type Pod = (typeof pods)[number];

export function podOf(component: string): Pod {
  const found = pods.find(({ container }) => container.name === component);
  if (found === undefined) throw new Error(`no pod for ${component}`);
  return found;
}

export function parsed<T>(kind: string, schema: z.ZodType<T>, from: Resource[] = everything): [string, T][] {
  return from
    .filter((resource) => resource.kind === kind)
    .map((resource) => [resource.metadata.name, schema.parse(resource)]);
}

export const isSelected = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

const ConfigMapSchema = z.object({ data: LabelsSchema });

/**
 * The environment of a container as Kubernetes makes it.
 * @param secret what a key of a Secret holds
 */
export function environmentOf(
  container: Container,
  secret: (name: string, key: string) => string,
): Record<string, string> {
  const maps = new Map(parsed('ConfigMap', ConfigMapSchema));
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom) {
    const map = maps.get(configMapRef.name);
    if (map === undefined) throw new Error(`no ConfigMap ${configMapRef.name}`);
    Object.assign(env, map.data);
  }
  for (const { name, value, valueFrom } of container.env) {
    const reference = valueFrom?.secretKeyRef;
    env[name] =
      reference === undefined
        ? (value ?? '').replace(/\$\((\w+)\)/g, (text, other: string) => env[other] ?? text)
        : secret(reference.name, reference.key);
  }
  return env;
}

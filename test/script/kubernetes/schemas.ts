import { Cluster, Pooler, ScheduledBackup } from '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { isRecord, type Resource } from './manifests';
import { REDIS_OPERATOR } from './redis-operator';

const PUBLISHED = [
  Cluster,
  Pooler,
  ScheduledBackup,
  ScaledObject,
  PodMonitor,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  ConfigMap,
  Namespace,
  Service,
];

/** What the schema of its kind has against a resource, an unknown field included; nothing when it fits. */
export function faultsOf(resource: Resource): string[] {
  const ours = REDIS_OPERATOR.get(`${resource.apiVersion} ${resource.kind}`);
  if (ours !== undefined) {
    const { error } = ours.safeParse(resource);
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  }
  const model = PUBLISHED.find(
    ({ apiVersion, kind }) => apiVersion === resource.apiVersion && kind === resource.kind,
  );
  if (model === undefined) return [`no schema for ${resource.apiVersion} ${resource.kind}`];
  const unread = new Set<string>();
  try {
    model.prototype.validate.call(watched(resource, '', unread));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return [...unread].map((field) => `${field}: unknown`);
}

/**
 * The schemas let unknown fields pass, as Kubernetes does, which then drops them: a probe whose name is misspelled is none.
 * But what a schema does not know, its check does not read.
 */
function watched<T>(value: T, at: string, unread: Set<string>): T {
  if (!isRecord(value) && !Array.isArray(value)) return value;
  for (const key of Object.keys(value)) unread.add(`${at}/${key}`);
  return new Proxy<T & object>(value, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      const field = `${at}/${String(key)}`;
      // What was read is watched in its turn, from the first time on.
      return unread.delete(field) ? keep(target, key, watched(inner, field, unread)) : inner;
    },
  });
}

function keep(target: object, key: PropertyKey, value: unknown): unknown {
  Reflect.set(target, key, value);
  return value;
}

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  build,
  isRecord,
  KUBERNETES,
  kustomizationOf,
  kustomizedFolders,
  nameOf,
  PRODUCTION,
  type Resource,
} from './manifests';
import { faultsOf } from './schemas';

const STEPS = ['stores', 'migrate', 'service'];
const production = STEPS.flatMap((step) => build(path.join(PRODUCTION, step)));
const find = (name: string) => {
  const found = production.find((each) => nameOf(each) === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return structuredClone(found);
};

describe('every kustomization', () => {
  test.each(kustomizedFolders().map((folder) => [path.relative(KUBERNETES, folder), folder]))(
    '%s lists the files beside it, each once, and no others',
    (_name, folder) => {
      const { resources, patches } = kustomizationOf(folder);
      const listed = [...resources, ...patches.map((patch) => patch.path)];
      const here = readdirSync(folder).filter(
        (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
      );
      expect(listed.filter((entry) => entry.endsWith('.yaml')).toSorted()).toEqual(here.toSorted());
    },
  );

  test('of the base is part of production', () => {
    const used = STEPS.flatMap((step) => {
      const folder = path.join(PRODUCTION, step);
      return kustomizationOf(folder).resources.map((entry) => path.join(folder, entry));
    });
    const base = kustomizedFolders(path.join(KUBERNETES, 'base'));
    expect(base.length).toBeGreaterThan(0);
    expect(used).toEqual(expect.arrayContaining(base));
  });

  test('names everything once', () => {
    const names = production.map(nameOf);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('the published schema of its kind', () => {
  test.each(production.map((each): [string, Resource] => [nameOf(each), each]))(
    'has nothing against %s',
    (_name, resource) => {
      expect(faultsOf(structuredClone(resource))).toEqual([]);
    },
  );

  // The check itself, which could be one that finds nothing.
  test.each<[string, string[], unknown, RegExp]>([
    ['Deployment frontrow-web', ['spec', 'replicas'], 'three', /replicas/],
    [
      'Deployment frontrow-web',
      ['spec', 'template', 'spec', 'containers', '0', 'readinesProbe'],
      {},
      /unknown/,
    ],
    ['Deployment frontrow-web', ['spec', 'template', 'spec', 'enableServiceLink'], false, /unknown/],
    ['HorizontalPodAutoscaler frontrow-web', ['spec', 'behaviour'], {}, /unknown/],
    ['ScaledObject frontrow-worker', ['spec', 'maxReplicas'], 3, /unknown/],
    ['Cluster frontrow-postgres', ['spec', 'instances'], 0, /instances/],
    ['Cluster frontrow-postgres', ['spec', 'postgresql', 'synchronous', 'method'], 'all', /method/],
    ['Pooler frontrow-pooler', ['spec', 'pgbouncer', 'poolMode'], 'statement', /poolMode/],
    ['PodMonitor frontrow-web', ['spec', 'podMetricsEndpoints', '0', 'prot'], 'http', /unknown/],
    ['RedisReplication frontrow-redis', ['spec', 'size'], 3, /unrecognized/i],
    ['NetworkPolicy web', ['spec', 'policyTypes'], 'Ingress', /policyTypes/],
    ['PodDisruptionBudget frontrow-web', ['spec', 'maxUnavailabe'], 1, /unknown/],
  ])('of %s has something against %j set to %j', (name, field, value, fault) => {
    const resource = find(name);
    set(resource, field, value);
    expect(faultsOf(resource).join('\n')).toMatch(fault);
  });
});

function set(into: unknown, [first = '', ...rest]: string[], value: unknown): void {
  if (!isRecord(into) && !Array.isArray(into)) throw new Error(`nothing has a ${first}`);
  if (rest.length === 0) Reflect.set(into, first, value);
  else set(Reflect.get(into, first), rest, value);
}

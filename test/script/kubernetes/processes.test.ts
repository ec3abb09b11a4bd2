import { generateKeyPairSync } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { waitQueryMs } from '../../../src/api/commands/job-answers';
import { readSettings, SettingsSchema } from '../../../src/lib/settings';
import { TIMES } from '../../../src/lib/times';
import { ROOT, textOf } from '../../support/files';
import {
  environmentOf,
  everything,
  isSelected,
  LabelsSchema,
  parsed,
  type Pod,
  podOf,
  pods,
  service,
  stores,
} from './pods';

const SERVERS = ['web', 'worker'].map((name): [string, Pod] => [name, podOf(name)]);
const ALL = pods.map((pod): [string, Pod] => [pod.container.name, pod]);
const MIB = 1024 ** 2;

/** What a Secret may hold: nothing that a URL would want written in another way. */
const secret = (name: string, key: string): string => SPECIAL.get(key) ?? `${name}-${key}`.padEnd(40, 'x');
const SPECIAL = new Map([
  ['uri', 'postgres://frontrow:secret@frontrow-postgres-rw:5432/frontrow'],
  ['OPERATOR_EMAIL', 'operator@example.com'],
  [
    'QUEUE_TOKEN_PRIVATE_KEY',
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
      publicKeyEncoding: { format: 'pem', type: 'spki' },
    }).privateKey,
  ],
]);

function bytesOf(quantity: string): number {
  const [, number = '', unit = ''] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  return Number(number) * (unit === 'Gi' ? 1024 * MIB : MIB);
}

describe('the settings', () => {
  test.each(ALL)('that %s gets are known, each, or part of another one', (_name, { container }) => {
    const parts = container.env.flatMap(({ value }) =>
      [...(value ?? '').matchAll(/\$\((\w+)\)/g)].map(([, name = '']) => name),
    );
    const names = Object.keys(environmentOf(container, secret)).filter((name) => !parts.includes(name));
    expect(names.length).toBeGreaterThan(0);
    expect(Object.keys(SettingsSchema.shape)).toEqual(expect.arrayContaining(names));
  });

  test.each(ALL)('that %s gets let it start', (_name, { container }) => {
    const env = environmentOf(container, secret);
    expect(Object.values(env).join('\n')).not.toContain('$(');
    // Where REDIS_URL leads is checked below.
    const redisUrl = env['REDIS_URL']?.replace(/^redis\+sentinel:/, 'redis:');
    const { production, host, exposed } = readSettings({ ...env, REDIS_URL: redisUrl });
    if (container.name === 'migrate') return;
    expect({ production, host, exposed }).toEqual({ production: true, host: '0.0.0.0', exposed: false });
  });

  test('that are secret come from Secrets, and no Secret stands in the tree', () => {
    const references = pods.flatMap(({ container }) => container.env);
    const secrets = references.filter(({ name }) =>
      /SECRET|TOKEN$|PASSWORD|PRIVATE_KEY|^OPERATOR/.test(name),
    );
    expect(secrets.length).toBeGreaterThan(8);
    for (const { value, valueFrom } of secrets)
      expect([value, typeof valueFrom]).toEqual([undefined, 'object']);
    for (const [, { data }] of parsed('ConfigMap', z.object({ data: LabelsSchema }))) {
      expect(Object.keys(data).join()).not.toMatch(/SECRET|TOKEN|PASSWORD|_URL/);
    }
    expect(everything.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test.each(SERVERS)(
    'lead %s to the pooler and to the sentinels that the stores have',
    (_name, { container }) => {
      const env = environmentOf(container, secret);
      const [[pooler] = ['none']] = parsed('Pooler', z.unknown(), stores);
      const sentinels = z.object({
        spec: z.object({ redisSentinelConfig: z.object({ masterGroupName: z.string() }) }),
      });
      const [[sentinel, { spec }] = ['', { spec: null }]] = parsed('RedisSentinel', sentinels, stores);
      const { host, pathname } = new URL(env['REDIS_URL'] ?? '');
      expect(new URL(env['DATABASE_URL'] ?? '').host).toBe(`${pooler}:5432`);
      expect(host).toBe(`${sentinel}-sentinel:26379`);
      expect(pathname).toBe(`/${spec?.redisSentinelConfig.masterGroupName}`);
    },
  );
});

describe('ports and probes', () => {
  test.each([
    ['web', 'PORT'],
    ['worker', 'WORKER_PORT'],
  ])('of %s are where %s says', (name, setting) => {
    const { container } = podOf(name);
    expect(container.ports.map(({ containerPort }) => String(containerPort))).toEqual([
      environmentOf(container, secret)[setting],
    ]);
  });

  test.each(SERVERS)(
    'of %s: started and alive are not asked of Postgres and Redis, readiness is',
    (_name, pod) => {
      const { startupProbe, livenessProbe, readinessProbe, ports } = pod.container;
      const probes = [startupProbe, livenessProbe, readinessProbe];
      expect(probes.map((probe) => probe?.httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
      for (const probe of probes) expect(ports.map(({ name }) => name)).toContain(probe?.httpGet.port);
      // Or it would give up before the look at Postgres and Redis says no.
      expect((readinessProbe?.timeoutSeconds ?? 0) * 1000).toBeGreaterThan(TIMES.readinessLookMs);
    },
  );
});

describe('a pod', () => {
  test.each(SERVERS)('of %s has the time for its orderly stop', (_name, { container, spec }) => {
    const lagMs = (container.lifecycle?.preStop.sleep.seconds ?? 0) * 1000;
    const graceMs = (spec.terminationGracePeriodSeconds ?? 0) * 1000;
    expect(graceMs).toBeGreaterThan(lagMs + TIMES.shutdownMs + 1000);
  });

  test('of web goes on serving until those in front have heard that it goes', () => {
    expect(podOf('web').container.lifecycle?.preStop.sleep.seconds).toBeGreaterThanOrEqual(5);
  });

  test.each(ALL)('of %s may do next to nothing on its node', (_name, { container, spec }) => {
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
    // A Service `worker` would otherwise set WORKER_PORT.
    expect(spec.enableServiceLinks).toBe(false);
  });

  test.each(ALL)('of %s runs the image of the others, by a program that is in it', (_name, { container }) => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(textOf('package.json')));
    expect(container.image).toMatch(new RegExp(`^[a-z.]+/frontrow:${version.replaceAll('.', '\\.')}$`));
    expect(new Set(pods.map((pod) => pod.container.image)).size).toBe(1);
    const [program = '', argument = ''] = container.command;
    if (program !== 'node') return accessSync(path.join(ROOT, program), constants.X_OK);
    expect(argument).toMatch(/^dist\/\w+\.js$/);
    accessSync(path.join(ROOT, argument.replace('dist', 'src').replace('.js', '.ts')));
  });

  test.each(SERVERS)('of %s has the memory for its nursery beside its heap', (name, { container }) => {
    const nursery = 3 * MIB * Number(/--max-semi-space-size=(\d+)/.exec(textOf(`bin/${name}`))?.[1]);
    const { requests, limits } = container.resources;
    expect(requests.memory).toBe(limits.memory);
    expect(bytesOf(limits.memory)).toBeGreaterThanOrEqual(nursery + 512 * MIB);
  });
});

describe('whatever selects pods or scales them', () => {
  test.each(SERVERS)(
    'selects those of %s, by labels that no others have',
    (_name, { selector, labels, spec }) => {
      expect(selector?.matchLabels).toEqual(labels);
      expect(pods.filter((pod) => isSelected(pod.labels, selector?.matchLabels ?? {}))).toHaveLength(1);
      expect(spec.topologySpreadConstraints.length).toBeGreaterThan(0);
      for (const { labelSelector } of spec.topologySpreadConstraints)
        expect(labelSelector.matchLabels).toEqual(labels);
    },
  );

  const selecting = z.object({ spec: z.object({ selector: z.object({ matchLabels: LabelsSchema }) }) });
  test.each(['PodDisruptionBudget', 'PodMonitor'])('%s: one each for web and worker', (kind) => {
    const selected = parsed(kind, selecting, service).map(([name, { spec }]) => [
      name,
      spec.selector.matchLabels,
    ]);
    expect(selected).toEqual(['web', 'worker'].map((name) => [`frontrow-${name}`, podOf(name).labels]));
  });

  test('a Service leads to web by the port that it has, and the Ingress to the Service', () => {
    const services = z.object({
      spec: z.object({
        selector: LabelsSchema,
        ports: z.tuple([z.object({ name: z.string(), targetPort: z.string() })]),
      }),
    });
    const [[name, { spec }] = ['', { spec: null }]] = parsed('Service', services);
    expect(spec?.selector).toEqual(podOf('web').labels);
    expect(podOf('web').container.ports[0]?.name).toBe(spec?.ports[0].targetPort);
    const ingress = JSON.stringify(everything.find(({ kind }) => kind === 'Ingress'));
    expect(ingress).toContain(JSON.stringify({ name, port: { name: spec?.ports[0].name } }));
  });

  test('the autoscalers scale what is there, to more than one, and say so alone', () => {
    const target = z.object({ spec: z.object({ scaleTargetRef: z.object({ name: z.string() }) }) });
    const scaled = ['HorizontalPodAutoscaler', 'ScaledObject'].flatMap((kind) => parsed(kind, target));
    expect(scaled.map(([, { spec }]) => spec.scaleTargetRef.name)).toEqual(
      ['web', 'worker'].map((name) => podOf(name).owner),
    );
    const deployments = z.object({ spec: z.looseObject({ strategy: z.unknown() }) });
    for (const [, { spec }] of parsed('Deployment', deployments)) {
      expect(spec).not.toHaveProperty('replicas');
      expect(spec.strategy).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
    }
  });
});

test('the Ingress waits longer than any request may, and closes idle connections before the service does', () => {
  const annotated = z.object({ metadata: z.object({ annotations: LabelsSchema }) });
  const [[, { metadata }] = ['', { metadata: null }]] = parsed('Ingress', annotated);
  const timeoutMs = 1000 * Number.parseInt(metadata?.annotations['nginx.org/proxy-read-timeout'] ?? '0', 10);
  expect(timeoutMs).toBeGreaterThan(2 * waitQueryMs(Number.MAX_SAFE_INTEGER));
  expect(timeoutMs).toBeLessThan(65_000);
});

test('Redis evicts nothing and keeps a file; Postgres has a commit on two machines', () => {
  const config = z.object({ data: z.object({ 'redis-additional.conf': z.string() }) });
  const [, redis] = parsed('ConfigMap', config, stores)[0] ?? [];
  expect(redis?.data['redis-additional.conf'].split('\n')).toEqual(
    expect.arrayContaining(['appendonly yes', 'maxmemory-policy noeviction']),
  );
  const cluster = z.object({
    spec: z.object({
      instances: z.number(),
      postgresql: z.object({ synchronous: z.object({ number: z.number() }) }),
    }),
  });
  const [, postgres] = parsed('Cluster', cluster, stores)[0] ?? [];
  expect(postgres?.spec.postgresql.synchronous.number).toBe(1);
  // One more than are needed, so that sales go on while one machine is away.
  expect(postgres?.spec.instances).toBeGreaterThanOrEqual(3);
});

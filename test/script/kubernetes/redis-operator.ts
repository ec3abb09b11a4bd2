import { z } from 'zod';

// No package has the schemas of the Redis operator. These are written down by hand, from the types of its API v1beta2
// (github.com/OT-CONTAINER-KIT/redis-operator), and know the fields that the manifests use and no others.

const labels = z.record(z.string(), z.string());
const quantity = z.string().regex(/^\d+(\.\d+)?(m|[KMGT]i?)?$/);
const amounts = z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() });
const secretKey = z.strictObject({ name: z.string(), key: z.string() });
const count = z.int().min(1);
/** A number, which this API takes as text. */
const digits = z.string().regex(/^\d+$/);

const shared = {
  clusterSize: count,
  kubernetesConfig: z.strictObject({
    image: z.string(),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
    resources: z.strictObject({ requests: amounts.optional(), limits: amounts.optional() }).optional(),
    redisSecret: secretKey.optional(),
  }),
  podSecurityContext: z
    .strictObject({
      runAsNonRoot: z.boolean().optional(),
      runAsUser: z.int().optional(),
      fsGroup: z.int().optional(),
      seccompProfile: z.strictObject({ type: z.enum(['RuntimeDefault', 'Unconfined']) }).optional(),
    })
    .optional(),
  securityContext: z
    .strictObject({
      allowPrivilegeEscalation: z.boolean().optional(),
      capabilities: z.strictObject({ drop: z.array(z.string()) }).optional(),
    })
    .optional(),
  pdb: z
    .strictObject({
      enabled: z.boolean(),
      minAvailable: count.optional(),
      maxUnavailable: count.optional(),
    })
    .optional(),
  topologySpreadConstraints: z
    .array(
      z.strictObject({
        maxSkew: count,
        topologyKey: z.string(),
        whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
        labelSelector: z.strictObject({ matchLabels: labels }),
      }),
    )
    .optional(),
};

const metadata = z.strictObject({ name: z.string(), namespace: z.string(), labels: labels.optional() });
const API = 'redis.redis.opstreelabs.in/v1beta2';

const RedisReplication = z.strictObject({
  apiVersion: z.literal(API),
  kind: z.literal('RedisReplication'),
  metadata,
  spec: z.strictObject({
    ...shared,
    redisConfig: z.strictObject({ additionalRedisConfig: z.string() }).optional(),
    storage: z
      .strictObject({
        volumeClaimTemplate: z.strictObject({
          spec: z.strictObject({
            accessModes: z.array(z.enum(['ReadWriteOnce', 'ReadWriteOncePod'])),
            resources: z.strictObject({ requests: z.strictObject({ storage: quantity }) }),
          }),
        }),
      })
      .optional(),
  }),
});

const RedisSentinel = z.strictObject({
  apiVersion: z.literal(API),
  kind: z.literal('RedisSentinel'),
  metadata,
  spec: z.strictObject({
    ...shared,
    redisSentinelConfig: z.strictObject({
      redisReplicationName: z.string(),
      masterGroupName: z.string().optional(),
      quorum: digits.optional(),
      downAfterMilliseconds: digits.optional(),
      failoverTimeout: digits.optional(),
      redisReplicationPassword: z.strictObject({ secretKeyRef: secretKey }).optional(),
    }),
  }),
});

export const REDIS_OPERATOR: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  [`${API} RedisReplication`, RedisReplication],
  [`${API} RedisSentinel`, RedisSentinel],
]);

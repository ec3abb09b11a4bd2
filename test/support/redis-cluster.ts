import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './ports';
import { end, redisBinary, startServer } from './redis';
import { until, untilIs } from './until';

const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1500;

/** One node of a cluster of a test. */
export interface ClusterNode {
  readonly port: number;
  /** To this node alone. */
  readonly client: Redis;
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export interface RedisCluster {
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** The master that has this slot now. */
  masterOf(slot: number): Promise<ClusterNode>;
  stop(): Promise<void>;
}

/** Starts a cluster on loopback. Its data is in temporary folders that `stop()` deletes. */
export async function startRedisCluster({
  masters = 3,
  replicas = 1,
  appendOnly = false,
} = {}): Promise<RedisCluster> {
  const length = masters * (1 + replicas);
  const nodes = await Promise.all(Array.from({ length }, async () => startNode(appendOnly)));
  const heads = nodes.slice(0, masters);
  await assignSlots(heads);
  await introduce(nodes);
  const followers = nodes.slice(masters);
  await Promise.all(
    followers.map(async (node, index) => {
      const master = heads[index % masters];
      if (master === undefined) throw new Error('a replica without a master');
      await node.client.cluster('REPLICATE', await idOf(master));
    }),
  );
  await Promise.all(nodes.map(async (node) => settled(node, followers.includes(node))));
  return {
    url: `redis+cluster://${heads.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    masterOf: async (slot) => masterOf(nodes, slot),
    stop: async () => {
      await Promise.all(nodes.map(async (node) => node.stop()));
    },
  };
}

type OwnNode = ClusterNode & { busPort: number; stop(): Promise<void> };

async function startNode(appendOnly: boolean): Promise<OwnNode> {
  const [binary, folder] = [await redisBinary(), await mkdtemp(path.join(tmpdir(), 'frontrow-cluster-'))];
  const [port, busPort] = [await freePort(), await freePort()];
  const args = Object.entries({
    port,
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'cluster-node-timeout': NODE_TIMEOUT_MS,
    // The rooms and schedules of the other masters go on while one is away.
    'cluster-require-full-coverage': 'no',
    'cluster-replica-validity-factor': 0,
    'repl-diskless-sync-delay': 0,
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
  }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let server: ChildProcess = await startServer(binary, folder, args);
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 100, maxRetriesPerRequest: 1 });
  client.on('error', () => undefined); // It is killed now and then.
  return {
    port,
    busPort,
    client,
    signal: (signal) => void server.kill(signal),
    kill: async () => end(server, 'SIGKILL'),
    restart: async () => {
      await end(server, 'SIGKILL');
      server = await startServer(binary, folder, args);
    },
    stop: async () => {
      client.disconnect();
      await end(server, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function assignSlots(heads: readonly OwnNode[]): Promise<void> {
  const share = Math.ceil(SLOTS / heads.length);
  await Promise.all(
    heads.map(async ({ client }, index) => {
      await client.cluster('SET-CONFIG-EPOCH', index + 1);
      await client.cluster('ADDSLOTSRANGE', index * share, Math.min(SLOTS, (index + 1) * share) - 1);
    }),
  );
}

async function introduce(nodes: readonly OwnNode[]): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a cluster without nodes');
  for (const { port, busPort } of others) await first.client.cluster('MEET', '127.0.0.1', port, busPort);
  await Promise.all(
    nodes.map(async ({ client }) =>
      untilIs(
        'every node known',
        async () => infoOf(await client.cluster('INFO'), 'cluster_known_nodes'),
        String(nodes.length),
      ),
    ),
  );
}

async function settled({ client }: OwnNode, isReplica: boolean): Promise<void> {
  const isOk = (state: string): boolean => state === 'ok';
  await until('the cluster', async () => infoOf(await client.cluster('INFO'), 'cluster_state'), isOk);
  if (!isReplica) return;
  const link = async (): Promise<string> => infoOf(await client.info('replication'), 'master_link_status');
  await untilIs('the replica', link, 'up');
}

async function masterOf(nodes: readonly OwnNode[], slot: number): Promise<ClusterNode> {
  for (const node of nodes) {
    if (node.client.status !== 'ready') continue;
    const lines = String(await node.client.cluster('NODES')).split('\n');
    const own = lines.find((line) => line.includes('myself,master')) ?? '';
    const ranges = own
      .split(' ')
      .slice(8)
      .map((range) => range.split('-').map(Number));
    if (ranges.some(([from = NaN, to = from]) => from <= slot && slot <= to)) return node;
  }
  throw new Error(`no master has slot ${slot}`);
}

const idOf = async ({ client }: OwnNode): Promise<string> => client.cluster('MYID');

/** One line of what INFO, or CLUSTER INFO, tells; empty when it is not told. */
export function infoOf(text: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
}

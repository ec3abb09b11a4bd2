import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { BELL_LIST } from '../../src/jobs/queues/bell';
import { queuePrefix, scheduleQueueName } from '../../src/jobs/queues/names';
import { createLogger } from '../../src/lib/logger';
import { createRedis, type RedisClient, redisReady } from '../../src/lib/redis';
import { createSubscriptions, publish } from '../../src/lib/subscriptions';
import { roomKeys } from '../../src/waiting-room';
import { basic, send } from '../support/http';
import { type ClusterNode, type RedisCluster, startRedisCluster } from '../support/redis-cluster';
import { closeShops, goOn, Shoppers } from '../support/shoppers';
import { type House, OPERATOR, Stack } from '../support/stack';
import { stopwatch } from '../support/stopwatch';
import { inTurns, until, untilIs } from '../support/until';

const Shown = z.object({ queues: z.array(z.object({ name: z.string() })) });
const SEATS = 200;
const FANS = 3;
const QUEUE = { maxActive: 1000, admitPerInterval: 1000, admitIntervalMs: 100, abandonAfterSeconds: 60 };
// The cluster takes two or three seconds to put a replica in the place of its master; then clients find it.
const GOES_ON_WITHIN_MS = 30_000;

let cluster: RedisCluster;
let stack: Stack;
/** Two rooms that different masters have, and ten dates. */
let houses: House[];
beforeAll(async () => {
  cluster = await startRedisCluster();
  stack = await Stack.start({ env: { REDIS_URL: cluster.url } });
  houses = await tenDates();
});
afterAll(async () => {
  await stack?.stop({ expectErrors: true });
  await cluster.stop();
});
afterEach(async () => {
  expect(await stack.violations(40_000)).toEqual([]);
});

const ownerOf = async (key: string): Promise<ClusterNode> => {
  for (const { client } of cluster.nodes) {
    if (client.status === 'ready') return cluster.masterOf(await client.cluster('KEYSLOT', key));
  }
  throw new Error('every node is away');
};
const ownerOfRoom = async (concertId: string): Promise<ClusterNode> => ownerOf(roomKeys(concertId)[0] ?? '');
const ownerOfQueue = async ({ scheduleId }: House): Promise<ClusterNode> =>
  ownerOf(queuePrefix(scheduleQueueName(scheduleId)));

async function tenDates(): Promise<House[]> {
  const first = await stack.concert({ queue: QUEUE });
  let second = await stack.concert({ queue: QUEUE });
  while ((await ownerOfRoom(second)) === (await ownerOfRoom(first)))
    second = await stack.concert({ queue: QUEUE });
  return inTurns([...Array(10).keys()], 1, async (index) => {
    const concertId = index % 2 === 0 ? first : second;
    return { concertId, scheduleId: await stack.date(concertId, { seats: SEATS }) };
  });
}

async function sell(): Promise<Shoppers[]> {
  return inTurns(houses, 1, async (house) => new Shoppers(await stack.fans(FANS), house, SEATS));
}

describe('a master that dies in the middle of a sale', () => {
  test('the rooms and dates lie on every master', async () => {
    const owners = await Promise.all(houses.map(ownerOfQueue));
    expect(new Set(owners).size).toBe(3);
  });

  test('the dashboard shows the queues of all of them', async () => {
    const headers = basic(OPERATOR.email, OPERATOR.password);
    const shown = async (): Promise<string[]> => {
      const answer = await send(stack.origin(), 'GET', '/admin/queues/api/queues', { headers });
      return answer.as(Shown, 200).queues.map(({ name }) => name);
    };
    const own = houses.map((house) => scheduleQueueName(house.scheduleId));
    // Without work, they are listed for who asks for them.
    for (const name of own) {
      await send(stack.origin(), 'GET', `/admin/queues/api/queues?activeQueue=${name}`, { headers });
    }
    await until('every queue', shown, (names) => own.every((name) => names.includes(name)));
  });

  test('kill -9: its rooms and dates go on, and nothing that was acknowledged is lost', async () => {
    const shops = await sell();
    await goOn(shops, 3, 30_000);
    // The one that all workers look at for what there is to do.
    const victim = await ownerOf(BELL_LIST);
    await victim.kill();
    const sinceMs = stopwatch();
    await goOn(shops, 3, GOES_ON_WITHIN_MS);
    process.stdout.write(`all ten dates took commands again after ${Math.round(sinceMs())} ms\n`);
    expect(await ownerOf(BELL_LIST)).not.toBe(victim);
    await victim.restart(); // As a replica of who has taken its place.
    await goOn(shops, 3, GOES_ON_WITHIN_MS);
    await closeShops(shops);
  });

  test('silent with open connections: the same', async () => {
    const shops = await sell();
    await goOn(shops, 3, 30_000);
    const victim = await ownerOfRoom(houses[1]?.concertId ?? '');
    victim.signal('SIGSTOP');
    try {
      const sinceMs = stopwatch();
      await goOn(shops, 3, GOES_ON_WITHIN_MS);
      process.stdout.write(`all ten dates took commands again after ${Math.round(sinceMs())} ms\n`);
    } finally {
      victim.signal('SIGCONT'); // It wakes up as a master whose slots others have.
    }
    await goOn(shops, 3, GOES_ON_WITHIN_MS);
    await closeShops(shops);
  });
});

describe('who listens', () => {
  let clients: RedisClient[];
  afterEach(() => clients.forEach((client) => client.disconnect()));

  test('hears again once another node has the channel, wherever it is', async () => {
    const logger = createLogger('test', 'silent');
    const [redis, subscriber] = [
      createRedis(cluster.url, 'request', logger),
      createRedis(cluster.url, 'subscriber', logger),
    ];
    clients = [redis, subscriber];
    await Promise.all(clients.map(async (client) => redisReady(client)));
    const subscriptions = createSubscriptions(subscriber);
    const channels = Array.from({ length: 30 }, (_, index) => `channel ${index}`);
    let heard = new Set<string>();
    const listen = async (channel: string) => subscriptions.listen(channel, () => heard.add(channel));
    const stops = await inTurns(channels, 5, listen);
    const allHear = async (): Promise<void> => {
      heard = new Set();
      const tell = async (): Promise<number> => {
        await Promise.allSettled(channels.map(async (channel) => publish(redis, channel, 'news')));
        return heard.size;
      };
      await untilIs('all hear', tell, channels.length, { withinMs: 30_000 });
    };
    await allHear();
    const victim = await ownerOf('channel 1');
    await victim.kill();
    // Left and listened to again while nobody has it: what came first must not end last.
    await Promise.all(channels.map(async (channel, i) => Promise.all([stops[i]?.(), listen(channel)])));
    await allHear();
    const stop = await subscriptions.listen('another', () => heard.add('another'));
    await victim.restart();
    await allHear();
    await publish(redis, 'another', 'news');
    await untilIs('the other', async () => heard.has('another'), true);
    await stop();
  });
});

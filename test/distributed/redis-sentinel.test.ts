import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '../../src/lib/logger';
import { createRedis, type RedisClient, redisReady } from '../../src/lib/redis';
import { createSubscriptions, publish } from '../../src/lib/subscriptions';
import { QueueState } from '../support/contract';
import type { Fan } from '../support/fan';
import { infoOf } from '../support/redis-cluster';
import { PASSWORD, type SentinelSet, startSentinels, type WatchedRedis } from '../support/redis-sentinel';
import { closeShops, goOn, Shoppers } from '../support/shoppers';
import { type House, Stack } from '../support/stack';
import { stopwatch } from '../support/stopwatch';
import { inTurns, until, untilIs } from '../support/until';

const SEATS = 200;
const QUEUE = { maxActive: 1000, admitPerInterval: 1000, admitIntervalMs: 100, abandonAfterSeconds: 60 };
// The sentinels take two or three seconds to put the replica in the place of its master.
const GOES_ON_WITHIN_MS = 30_000;

let set: SentinelSet;
let stack: Stack;
beforeAll(async () => {
  set = await startSentinels();
  stack = await Stack.start({ env: { REDIS_URL: set.url } });
});
afterAll(async () => {
  await stack?.stop({ expectErrors: true });
  await set.stop();
});
afterEach(async () => expect(await stack.violations(40_000)).toEqual([]));

const replicationOf = async ({ client }: WatchedRedis, name: string): Promise<string> =>
  infoOf(await client.info('replication'), name);

/** Whole again: a master that takes commands and a replica that has all it has. */
async function whole(): Promise<{ master: WatchedRedis; replica: WatchedRedis }> {
  for (const server of set.servers) if (!server.isRunning()) await server.restart();
  const [master, replica] = [await set.master(), await set.replica()];
  const state = async (): Promise<string> => replica.client.status;
  await untilIs('a connection to the replica', state, 'ready');
  await replica.client.config('SET', 'masterauth', PASSWORD);
  const link = async (): Promise<string> => replicationOf(replica, 'master_link_status').catch(() => 'away');
  await untilIs('the replica follows', link, 'up', { withinMs: 30_000 });
  return { master, replica };
}

/** From now on the replica hears nothing of what its master is told. */
async function cutOff(replica: WatchedRedis): Promise<void> {
  await replica.client.config('SET', 'masterauth', 'a wrong one');
  await replica.client.client('KILL', 'TYPE', 'MASTER');
  const link = async (): Promise<string> => replicationOf(replica, 'master_link_status');
  await untilIs('cut off', link, 'down');
}

async function failOver(master: WatchedRedis): Promise<void> {
  await master.kill();
  const now = async (): Promise<number> => (await set.master()).port;
  await until('another master', now, (port) => port !== master.port, { withinMs: 30_000 });
}

async function shopsOf(count: number): Promise<Shoppers[]> {
  const houses = await inTurns<number, House>([...Array(count).keys()], 1, async () =>
    stack.house({ seats: SEATS, queue: QUEUE }),
  );
  return inTurns(houses, 1, async (house) => new Shoppers(await stack.fans(4), house, SEATS));
}

async function sellThrough(harm: (master: WatchedRedis, replica: WatchedRedis) => Promise<void>) {
  const { master, replica } = await whole();
  const shops = await shopsOf(3);
  await goOn(shops, 5, GOES_ON_WITHIN_MS);
  await harm(master, replica);
  const sinceMs = stopwatch();
  await goOn(shops, 5, GOES_ON_WITHIN_MS);
  process.stdout.write(`all dates took commands again ${Math.round(sinceMs())} ms after the harm\n`);
  expect((await set.master()).port).toBe(replica.port);
  return { master, shops };
}

describe('a master that the sentinels replace in the middle of a sale', () => {
  test('kill -9: nothing that was acknowledged is lost', async () => {
    const { master, shops } = await sellThrough(async (master) => failOver(master));
    await master.restart(); // The sentinels make it a replica.
    await closeShops(shops, { untold: true });
  });

  test('silent with open connections: the same, and who wakes up as a master is believed by nobody', async () => {
    const { master, shops } = await sellThrough(async (master) => master.signal('SIGSTOP'));
    master.signal('SIGCONT');
    await goOn(shops, 5, GOES_ON_WITHIN_MS);
    await closeShops(shops, { untold: true });
  });

  test('by a replica that had not heard the last seconds: the same', async () => {
    const { master, shops } = await sellThrough(async (master, replica) => {
      await cutOff(replica);
      await sleep(2000); // Of commands that the replica never hears of.
      await failOver(master);
    });
    await master.restart();
    await closeShops(shops, { untold: true });
  });
});

describe('a room whose replica had not heard the last seconds', () => {
  const status = async (fan: Fan, concertId: string): Promise<string> => {
    const answer = await fan.send('GET', `/api/users/queue?concertId=${concertId}`);
    if (answer.status !== 200) return answer.said;
    const state = answer.as(QueueState, 200);
    fan.queueToken = state.queueToken;
    return state.status;
  };
  /** Once the room has noticed whose it is now. */
  const comesTo = async (fan: Fan, concertId: string, wanted: string): Promise<string> =>
    untilIs(wanted, async () => status(fan, concertId), wanted, {
      withinMs: GOES_ON_WITHIN_MS,
      everyMs: 250,
    });

  test.each([0, 1500])('lets nobody in twice, %i ms after the last was let in', async (waitMs) => {
    const { master, replica } = await whole();
    const { concertId, scheduleId } = await stack.house({
      queue: { ...QUEUE, maxActive: 2 },
    });
    const [leaver, stays] = await stack.fans(2);
    const [buyer, next, third, fourth, quitter] = await stack.fans(5);
    if (!leaver || !stays || !buyer || !next || !third || !fourth || !quitter) throw new Error('no fans');
    for (const fan of [leaver, stays]) await fan.enter(concertId);
    for (const fan of [buyer, next, third, fourth, quitter]) await fan.join(concertId);
    const early = { leaver: leaver.queueToken, buyer: buyer.queueToken };
    await cutOff(replica);
    // Unheard: two leave, the first of the line comes in, buys, and the next is let in.
    for (const fan of [leaver, quitter]) expect((await fan.leave(concertId)).status).toBe(204);
    await buyer.enter(concertId);
    await buyer.paid((await buyer.held(scheduleId, [1])).id);
    await next.enter(concertId);
    const held = await next.held(scheduleId, [2]);
    await sleep(waitMs);
    await failOver(master);

    await comesTo(next, concertId, 'ACTIVE');
    await comesTo(stays, concertId, 'ACTIVE');
    // Nor do the tokens of before bring anybody in, or back.
    leaver.queueToken = early.leaver;
    buyer.queueToken = early.buyer;
    await comesTo(leaver, concertId, '404 NOT_QUEUED');
    await comesTo(buyer, concertId, '404 NOT_QUEUED');
    await comesTo(quitter, concertId, '404 NOT_QUEUED');
    expect(await status(third, concertId)).toBe('WAITING');
    await next.paid(held.id);
    await comesTo(third, concertId, 'ACTIVE');
    expect(await status(fourth, concertId)).toBe('WAITING');
    expect(await status(buyer, concertId)).toBe('404 NOT_QUEUED');
    await master.restart();
  });
});

describe('who listens', () => {
  let clients: RedisClient[] = [];
  afterEach(() => clients.forEach((client) => client.disconnect()));

  test('hears what the next master is told', async () => {
    const logger = createLogger('test', 'silent');
    clients = [createRedis(set.url, 'request', logger), createRedis(set.url, 'subscriber', logger)];
    const [redis, subscriber] = clients;
    if (redis === undefined || subscriber === undefined) throw new Error('no clients');
    await Promise.all(clients.map(async (client) => redisReady(client)));
    const { master } = await whole();
    let heard = 0;
    await createSubscriptions(subscriber).listen('news', () => (heard += 1));
    const hears = async (): Promise<void> => {
      heard = 0;
      const tell = async (): Promise<number> => {
        await publish(redis, 'news', 'more').catch(() => undefined);
        return heard;
      };
      await until('heard', tell, (count) => count > 0, { withinMs: 30_000 });
    };
    await hears();
    master.signal('SIGSTOP');
    const now = async (): Promise<number> => (await set.master()).port;
    await until('another master', now, (port) => port !== master.port, { withinMs: 30_000 });
    await hears();
    master.signal('SIGCONT');
    await hears();
  });
});

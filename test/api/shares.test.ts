import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createShares, type Shares } from '../../src/api/middleware/shares';
import { createLogger } from '../../src/lib/logger';
import { createRedis, type RedisClient, redisReady } from '../../src/lib/redis';
import { testRedisUrl } from '../support/redis';

let redis: RedisClient;
beforeEach(async () => {
  redis = createRedis(await testRedisUrl(), 'request', createLogger('test', 'silent'));
  await redisReady(redis);
});
afterEach(() => redis.disconnect());

const taken = async (shares: Shares): Promise<boolean> =>
  shares.spend('key') || (shares.knownWaitMs('key') === 0 && (await shares.ask('key')) === 0);

test('a share taken in steps is never more than the share, and what processes keep back is at most a step each', async () => {
  const processes = [createShares(redis, 100, 10), createShares(redis, 100, 10)];
  let passed = 0;
  for (let request = 0; request < 300; request += 1)
    for (const shares of processes) if (await taken(shares)) passed += 1;
  expect(passed).toBeLessThanOrEqual(100);
  expect(passed).toBeGreaterThanOrEqual(100 - 2 * 9);
});

test('a step that several requests take at the same moment is not lost', async () => {
  const shares = createShares(redis, 100, 10);
  const first = await Promise.all(Array.from({ length: 5 }, async () => shares.ask('key')));
  expect(first).toEqual([0, 0, 0, 0, 0]);
  let spent = 0;
  while (shares.spend('key')) spent += 1;
  expect(spent).toBe(5 * 9);
});

test('a used-up share is known without asking, until its minute is over', async () => {
  const shares = createShares(redis, 1);
  expect([await shares.ask('key'), shares.knownWaitMs('key')]).toEqual([0, 0]);
  const waitMs = await shares.ask('key');
  expect(waitMs).toBeGreaterThan(50_000);
  expect(shares.knownWaitMs('key')).toBeGreaterThan(50_000);
  expect(shares.knownWaitMs('another')).toBe(0);
});

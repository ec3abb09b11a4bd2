import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type CodeTries, createCodeTries } from '../../src/api/presales/code-tries';
import { createLogger } from '../../src/lib/logger';
import { createRedis, type RedisClient, redisReady } from '../../src/lib/redis';
import { TIMES } from '../../src/lib/times';
import { testRedisUrl } from '../support/redis';
import { untilIs } from '../support/until';

let redis: RedisClient;
let tries: CodeTries;
let address: string;
beforeEach(async () => {
  redis = createRedis(await testRedisUrl(), 'request', createLogger('test', 'silent'));
  await redisReady(redis);
  tries = createCodeTries(redis, 10);
  address = randomUUID();
});
afterEach(() => redis.disconnect());

const made = async (attempt: () => Promise<boolean>): Promise<boolean | string> =>
  tries
    .made({ userId: randomUUID(), address }, attempt, (isRight) => !isRight)
    .catch((error: unknown) => String(error));

function hangingTry(): { promise: Promise<boolean>; end(): void } {
  let end = (): void => undefined;
  const promise = new Promise<boolean>((resolve) => {
    end = () => resolve(true);
  });
  return { promise, end: () => end() };
}

test('of one address a few are under way at a time: right codes of a crowd are no wrong ones, and one that hangs stops nobody', async () => {
  let underWay = 0;
  let most = 0;
  const attempt = async (): Promise<boolean> => {
    underWay += 1;
    most = Math.max(most, underWay);
    await sleep(5);
    underWay -= 1;
    return true;
  };
  const hanging = hangingTry();
  const first = made(async () => hanging.promise);
  const crowd = await Promise.all(Array.from({ length: 300 }, async () => made(attempt)));
  expect(new Set(crowd)).toEqual(new Set([true]));
  expect(most).toBe(3);
  hanging.end();
  expect(await first).toBe(true);
});

test('one whose request is over before its turn is not made, and those who come then are', async () => {
  const hanging = hangingTry();
  let begun = 0;
  const before = Array.from({ length: 4 }, async () =>
    made(async () => {
      begun += 1;
      return hanging.promise;
    }),
  );
  await untilIs('all turns taken', async () => begun, 4);
  let isMade = false;
  const late = made(async () => {
    isMade = true;
    return true;
  });
  await sleep(TIMES.requestDeadlineMs + 100);
  const next = made(async () => true);
  hanging.end();
  expect(await Promise.all(before)).toEqual([true, true, true, true]);
  expect(await late).toMatch('too long');
  expect(isMade).toBe(false);
  expect(await next).toBe(true);
});

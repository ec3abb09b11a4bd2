import { setTimeout as sleep } from 'node:timers/promises';
import type { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createSeatStreams, type SeatStreams } from '../../src/api/concerts/seat-streams';
import { createLogger } from '../../src/lib/logger';
import { Problem } from '../../src/lib/problems';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { createSeatMap, type SeatTruth } from '../../src/seat-map/seat-map';
import { withEnds } from '../seat-map/ends';
import { testRedisUrl } from '../support/redis';
import { until, untilIs } from '../support/until';

const TRUTH: SeatTruth = {
  seatStates: async () => withEnds({ version: 5, states: 'AAAA' }),
  seatVersions: async () => new Map([['7', 5]]),
  raiseSeatVersion: async () => undefined,
};

let redis: Redis;
let subscriber: Redis;
let streams: SeatStreams;
let opened: (PassThrough | null)[] = [];
let checks: number;
let whenRead = async (): Promise<void> => undefined;
beforeEach(async () => {
  redis = new Redis(await testRedisUrl());
  await redis.flushdb();
  subscriber = redis.duplicate();
  const seatMap = createSeatMap(redis, TRUTH);
  checks = 0;
  whenRead = async () => undefined;
  streams = createSeatStreams({
    seatMap: {
      ...seatMap,
      read: async (id) => {
        await whenRead();
        return seatMap.read(id);
      },
    },
    subscriptions: createSubscriptions(subscriber),
    logger: createLogger('test', 'silent'),
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const stream of opened) stream?.destroy(); // Their followers end with them.
  opened = [];
  await streams.close();
  await sleep(50);
  redis.disconnect();
  subscriber.disconnect();
});

async function open(userId = 'a fan'): Promise<PassThrough | null> {
  const stream = await streams.open({
    scheduleId: '7',
    userId,
    since: null,
    wholeMap: async () => Buffer.alloc(100_000),
    check: async () => {
      checks += 1;
    },
    cut: () => undefined,
  });
  opened.push(stream);
  return stream;
}

describe('a stream that nobody reads', () => {
  test('is not checked any more once it has ended', async () => {
    for (let n = 0; n < 12; n += 1) await open();
    checks = 0;
    await until(
      'a check',
      async () => checks,
      (count) => count > 0,
    );
    expect(checks).toBe(5);
  });

  test('ends when it has taken nothing for long', async () => {
    const [unread, read] = [await open(), await open('another')];
    read?.resume();
    await sleep(50);
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 130_000);
    await untilIs('the end', async () => unread?.writableEnded, true);
    expect(read?.writableEnded).toBe(false);
  });
});

describe('while the process stops', () => {
  const stopping = { code: 'UNAVAILABLE' };

  test('no stream is opened', async () => {
    await streams.close();
    await expect(open()).rejects.toMatchObject(stopping);
    await expect(open()).rejects.toBeInstanceOf(Problem);
  });

  test('nor is one that was being opened', async () => {
    let goOn = (): void => undefined;
    whenRead = async () => new Promise((resolve) => (goOn = resolve));
    const opening = open();
    const outcome = expect(opening).rejects.toMatchObject(stopping);
    await sleep(50);
    await streams.close();
    goOn();
    await outcome;
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  type AloneHold,
  type CopiedHold,
  ENTRY_FIELD,
  holdInRedis,
  readEntry,
  STREAM,
} from '../../bench/baselines/redis-alone-seats';
import { testRedisUrl } from '../support/redis';
import { until } from '../support/until';

let redis: Redis;

beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
});
beforeEach(async () => {
  await redis.flushdb();
});
afterAll(() => redis.disconnect());

const FAN = randomUUID();

const wish = (seatNumbers: number[], change: Partial<AloneHold> = {}): AloneHold => ({
  bookingId: randomUUID(),
  userId: FAN,
  concertId: '7',
  scheduleId: '9',
  seatNumbers,
  totalPrice: 100 * seatNumbers.length,
  seatLimit: 4,
  ttlMs: 60_000,
  ...change,
});

async function written(): Promise<CopiedHold[]> {
  const entries = await redis.xrange(STREAM, '-', '+');
  return entries.map(([, fields]) => {
    expect(fields[0]).toBe(ENTRY_FIELD);
    return readEntry(fields[1] ?? '');
  });
}

describe('Redis alone decides a hold', () => {
  test('and writes it down for Postgres', async () => {
    const asked = wish([3, 12]);
    const endsAtMs = await holdInRedis(redis, asked);
    const { seatLimit: _limit, ttlMs, ...told } = asked;
    expect(await written()).toEqual([{ ...told, createdAtMs: Number(endsAtMs) - ttlMs, endsAtMs }]);
  });

  test('refuses all seats when one is taken, and writes nothing', async () => {
    await holdInRedis(redis, wish([2]));
    const other = wish([1, 2], { userId: randomUUID() });
    expect(await holdInRedis(redis, other)).toBe('SEAT_TAKEN');
    expect(await written()).toHaveLength(1);
    expect(await holdInRedis(redis, { ...other, seatNumbers: [1] })).toEqual(expect.any(Number));
  });

  test('lets a fan have as many seats as the limit, in several holds, and of another schedule as many again', async () => {
    await holdInRedis(redis, wish([1, 2]));
    await holdInRedis(redis, wish([3]));
    expect(await holdInRedis(redis, wish([4, 5]))).toBe('SEAT_LIMIT');
    expect(await holdInRedis(redis, wish([4]))).toEqual(expect.any(Number));
    expect(await holdInRedis(redis, wish([5]))).toBe('SEAT_LIMIT');
    expect(await holdInRedis(redis, wish([5], { scheduleId: '10' }))).toEqual(expect.any(Number));
  });

  test('sent twice is decided once', async () => {
    const asked = wish([1, 2, 3, 4]);
    const endsAtMs = await holdInRedis(redis, asked);
    expect(await holdInRedis(redis, asked)).toBe(endsAtMs);
    expect(await written()).toHaveLength(1);
  });

  test('gives back what has ended: the seat, and the share of the limit', async () => {
    await holdInRedis(redis, wish([1, 2, 3, 4], { ttlMs: 50 }));
    const again = await until(
      'the seats free again',
      async () => holdInRedis(redis, wish([1, 2, 3, 4])),
      (answer) => typeof answer === 'number',
      { everyMs: 5 },
    );
    expect(again).toEqual(expect.any(Number));
    expect(await written()).toHaveLength(2);
  });
});
